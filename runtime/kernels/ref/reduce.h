// Reductions over any set of axes, and the index of an extreme along one.
#pragma once

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct ReduceArgs {
  plan::ReduceFn fn = plan::ReduceFn::Mean;
  plan::DType dtype = plan::DType::F32;  // F32, I32 or I64; integers are summed as int64, Mean truncates
  Shape x_dims;
  bool reduced[kMaxRank] = {};  // which axes; none means fn of every element alone
  const void* x = nullptr;
  void* y = nullptr;  // the kept axes, row-major
};
void Reduce(const ReduceArgs& args);

struct ArgReduceArgs {
  plan::DType dtype = plan::DType::F32;  // F32, I32 or I64
  int64_t outer = 1, axis = 1, inner = 1;
  bool max = true, select_last = false;
  const void* x = nullptr;  // [outer, axis, inner]
  int64_t* y = nullptr;     // [outer, inner]
};
void ArgReduce(const ArgReduceArgs& args);

}  // namespace vitrt::kernels::ref
