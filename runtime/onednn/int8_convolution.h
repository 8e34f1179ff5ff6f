// The integer sums of a oneDNN convolution of u8 maps with int8 weights; 1x1 with w = 1 is a linear layer. What follows the
// sums (zero points, scales, epilogue) is the caller's.
//
// Sums are exact, and so the bits of every other implementation. Two things of oneDNN's are not: below VNNI it adds two
// products as int16, which saturates, and beyond 2^24 it rounds a sum to fp32. Weights with which either could happen are
// refused.
// Memory and allocations: as Convolution (convolution.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "runtime/kernels/conv.h"
#include "vitrt/status.h"

namespace vitrt::onednn {

struct Int8ConvolutionSpec {
  kernels::Window2d window;
  int64_t cin = 0, cout = 0, groups = 1;
  const int8_t* weight = nullptr;  // plain [kh, kw, cin/groups, cout], only read by Create
};

// Immutable after Create; Run may be called from any number of threads at once.
class Int8Convolution {
 public:
  // kUnsupported with the reason if oneDNN cannot be loaded, would saturate or round, or has only its reference
  // implementation or none.
  static Result<std::unique_ptr<Int8Convolution>> Create(const Int8ConvolutionSpec& spec);
  ~Int8Convolution();

  size_t scratch_bytes() const;

  // x [h, w, cin], sums [oh, ow, cout]. Padding counts as 0. False: oneDNN had no memory, and sums say nothing.
  bool Run(const uint8_t* x, int32_t* sums, std::byte* scratch) const;

 private:
  struct Impl;
  explicit Int8Convolution(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrt::onednn
