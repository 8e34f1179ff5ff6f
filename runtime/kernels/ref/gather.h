// The gathering family. Negative indices count from the end; see InAxis for indices outside.
#pragma once

#include "runtime/kernels/ref/element.h"
#include "runtime/kernels/ref/shape.h"

namespace vitrt::kernels::ref {

// Gather: y [data before axis, indices, data after axis].
// GatherElements: data and indices of one rank, y of the indices' dims, y[i] = data[i with axis replaced by
// indices[i]]. GatherND: the last axis of indices holds an index tuple into data after batch_dims.
struct GatherArgs {
  plan::DType dtype = plan::DType::F32;
  Shape data_dims, indices_dims;
  int axis = 0;        // >= 0; not GatherND
  int batch_dims = 0;  // GatherND only
  const void* data = nullptr;
  Indices indices;
  void* y = nullptr;
};
void Gather(const GatherArgs& args);
void GatherElements(const GatherArgs& args);
void GatherND(const GatherArgs& args);

}  // namespace vitrt::kernels::ref
