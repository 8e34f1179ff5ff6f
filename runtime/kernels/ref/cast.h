// Conversion between element types. F32 to integer truncates, saturates, and turns NaN into 0; integers wrap; to Bool is
// x != 0.
#pragma once

#include <cstdint>

#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct CastArgs {
  plan::DType from = plan::DType::F32, to = plan::DType::F32;
  int64_t count = 0;
  const void* x = nullptr;
  void* y = nullptr;  // does not overlap x
};
void Cast(const CastArgs& args);

}  // namespace vitrt::kernels::ref
