// What every part of vitrt must know about the plan's dtypes; the tables that grow with plan.fbs's DType stand here.
#pragma once

#include <cstdint>

#include "runtime/plan/plan_generated.h"

namespace vitrt::plan {

// Bytes of one element; 0 for a number that is none of DType's. A dtype without a case does not compile.
constexpr int64_t SizeOf(DType dtype) {
  switch (dtype) {
    case DType::F32:
    case DType::I32:
      return 4;
    case DType::I64:
      return 8;
    case DType::Bool:
    case DType::U8:
      return 1;
  }
  return 0;
}

constexpr bool IsInteger(DType dtype) { return dtype == DType::I32 || dtype == DType::I64; }
// Whether ops calculate with it. Bool is for logic; U8 is only moved and cast: images come as it, outputs leave as it.
constexpr bool IsNumber(DType dtype) { return dtype == DType::F32 || IsInteger(dtype); }

}  // namespace vitrt::plan
