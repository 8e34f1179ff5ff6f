// A oneDNN convolution on rows x channels (NHWC), with the epilogue as post-ops; 1x1 with w = 1 is a linear layer,
// which oneDNN does better than its matmul below AVX-512.
//
// oneDNN repacks the weights at creation and allocates small objects in every run: an implementation on this class
// doubles the weights in memory and is not allocation-free. Results do not depend on the number of threads (forward
// convolutions are never split over the inner dimension).
#pragma once

#include <cstddef>
#include <memory>

#include "runtime/kernels/conv.h"
#include "vitrt/status.h"

namespace vitrt::onednn {

struct ConvolutionSpec {
  kernels::Window2d window;
  int64_t cin = 0, cout = 0, groups = 1;
  const float* weight = nullptr;  // plain [kh, kw, cin/groups, cout], only read by Create
  const float* bias = nullptr;    // [cout] or nullptr
  kernels::Fn fn = kernels::Fn::kIdentity;
  float alpha = 0, beta = 0;
  bool residual = false;  // y = fn(...) + residual, of the shape of y
};

// Immutable after Create; Run may be called from any number of threads at once.
class Convolution {
 public:
  // kUnsupported with the reason if oneDNN cannot be loaded, has only its reference implementation for this, or none.
  static Result<std::unique_ptr<Convolution>> Create(const ConvolutionSpec& spec);
  ~Convolution();

  size_t scratch_bytes() const;

  // x [h, w, cin], y [oh, ow, cout], residual like y or nullptr; may be y itself.
  void Run(const float* x, float* y, const float* residual, std::byte* scratch) const;

 private:
  struct Impl;
  explicit Convolution(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrt::onednn
