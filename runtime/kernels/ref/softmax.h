// Softmax or log-softmax over the middle axis of x [outer, axis, inner]; any axis of a tensor is such a middle axis.
#pragma once

#include <cstdint>

namespace vitrt::kernels::ref {

struct SoftmaxArgs {
  int64_t outer = 1, axis = 1, inner = 1;
  bool log = false;
  const float* x = nullptr;
  float* y = nullptr;  // may be x
};
void Softmax(const SoftmaxArgs& args);

}  // namespace vitrt::kernels::ref
