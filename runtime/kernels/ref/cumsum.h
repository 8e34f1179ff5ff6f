// Running sums along an axis.
#pragma once

#include <cstdint>

#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct CumSumArgs {
  plan::DType dtype = plan::DType::F32;  // F32, I32 or I64
  int64_t outer = 1, axis = 1, inner = 1;
  bool exclusive = false, reverse = false;
  const void* x = nullptr;  // [outer, axis, inner]
  void* y = nullptr;
};
void CumSum(const CumSumArgs& args);

}  // namespace vitrt::kernels::ref
