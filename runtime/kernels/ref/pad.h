// Padding in four modes; a negative amount crops (before the other side is padded).
#pragma once

#include <span>

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct PadArgs {
  plan::DType dtype = plan::DType::F32;
  plan::PadMode mode = plan::PadMode::Constant;
  float value = 0;  // of Constant, converted to the element type
  Shape x_dims;
  std::span<const int64_t> begins = {}, ends = {};  // rank entries
  const void* x = nullptr;
  void* y = nullptr;  // dims x_dims + begins + ends
};
void Pad(const PadArgs& args);

}  // namespace vitrt::kernels::ref
