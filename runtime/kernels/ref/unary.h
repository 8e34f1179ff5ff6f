// y = fn(x) for every plan::UnaryFn, with the meaning of the ONNX operator of that name.
#pragma once

#include <cstdint>

#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct UnaryArgs {
  plan::UnaryFn fn = plan::UnaryFn::Identity;
  float alpha = 0, beta = 0;  // Selu: alpha, gamma. IsInf: detect_negative, detect_positive; both 0 means both.
  plan::DType dtype = plan::DType::F32;  // of x
  int64_t count = 0;
  const void* x = nullptr;
  void* y = nullptr;  // may be x when the types have one size
};

// F32: every fn but Not. I32, I64: Identity, Relu, Clip, Neg, Abs, Sign. Bool: Identity, Not.
// y is Bool for Not, IsNaN and IsInf, else of the type of x.
void Unary(const UnaryArgs& args);

// One element, for real-valued functions.
double Evaluate(plan::UnaryFn fn, double alpha, double beta, double x);

}  // namespace vitrt::kernels::ref
