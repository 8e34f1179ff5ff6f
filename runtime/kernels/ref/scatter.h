// ScatterND: y = data, then y[indices[i]] = (or combined with) updates[i] in the order of i.
#pragma once

#include "runtime/kernels/ref/element.h"
#include "runtime/kernels/ref/shape.h"

namespace vitrt::kernels::ref {

struct ScatterArgs {
  plan::DType dtype = plan::DType::F32;            // reduce: a number
  bool reduce = false;                             // false: replace
  plan::ReduceFn reduction = plan::ReduceFn::Sum;  // Sum, Prod, Max or Min
  Shape data_dims, indices_dims;                   // the last axis of indices holds an index tuple
  const void* data = nullptr;
  Indices indices;
  const void* updates = nullptr;
  void* y = nullptr;  // may be data
};
void ScatterND(const ScatterArgs& args);

}  // namespace vitrt::kernels::ref
