// The k largest or smallest along an axis, sorted; equal values in the order of their indices. NaN is the largest.
#pragma once

#include <cstdint>

#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct TopKArgs {
  plan::DType dtype = plan::DType::F32;           // F32, I32 or I64
  int64_t outer = 1, axis = 1, inner = 1, k = 1;  // k <= axis
  bool largest = true;
  const void* x = nullptr;     // [outer, axis, inner]
  void* values = nullptr;      // [outer, k, inner]
  int64_t* indices = nullptr;  // [outer, k, inner]
};
void TopK(const TopKArgs& args);

}  // namespace vitrt::kernels::ref
