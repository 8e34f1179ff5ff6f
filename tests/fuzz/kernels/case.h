// What the cases of the differential kernel harness share: sizes and values out of bytes, memory of exactly the size
// asked for, and the comparison with the reference.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "runtime/kernels/kernel_table.h"
#include "tests/fuzz/harness.h"

namespace vitrt::fuzz {

// Bytes in turn; behind the last one they go on as pseudo-random numbers, so that few bytes fill large matrices.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t Byte() {
    if (at_ < size_) return data_[at_++];
    return static_cast<uint8_t>((state_ = state_ * 1664525 + 1013904223) >> 24);
  }
  bool Flag() { return Byte() % 2 == 1; }
  int64_t Size(int64_t most) { return 1 + (Byte() | Byte() << 8) % most; }
  float Value() { return static_cast<float>(static_cast<int8_t>(Byte())) / 32; }  // -4 to 4

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
  uint32_t state_ = 1;
};

// 64-byte aligned; guarded up to the end of the last cache line, which kernels may read and never write.
class Floats {
 public:
  explicit Floats(int64_t n) : count_(n), data_(static_cast<float*>(std::aligned_alloc(64, Bytes(n)))) {
    std::fill_n(data_, Bytes(n) / sizeof(float), kGuard);
  }
  Floats(int64_t n, Input* input) : Floats(n) {
    for (int64_t i = 0; i < n; ++i) data_[i] = input->Value();
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;
  ~Floats() { std::free(data_); }

  float* data() const { return data_; }
  int64_t count() const { return count_; }
  bool Intact() const {
    return std::all_of(data_ + count_, data_ + Bytes(count_) / sizeof(float), [](float v) { return v == kGuard; });
  }

 private:
  static constexpr float kGuard = 12345;
  static size_t Bytes(int64_t n) { return (static_cast<size_t>(n) * sizeof(float) + 127) / 64 * 64; }
  int64_t count_;
  float* data_;
};

// A tier's result against the expected one, element by element, and nothing written behind it.
inline void RequireClose(const Floats& got, const Floats& expected, double tolerance) {
  for (int64_t i = 0; i < expected.count(); ++i) {
    const float a = got.data()[i], b = expected.data()[i];
    Require(a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= tolerance);
  }
  Require(got.Intact());
}

// Weights [k, n] in panels; columns behind n are zero.
class Panels {
 public:
  Panels(int64_t k, int64_t n, int64_t groups, Input* input) : floats_(groups * PanelCount(n) * k * kPanel, input) {
    const int64_t width = PanelCount(n) * kPanel;
    for (int64_t row = 0; row < groups * k; ++row) {
      for (int64_t column = n; column < width; ++column) {
        const int64_t panel = row / k * (width / kPanel) + column / kPanel;
        floats_.data()[(panel * k + row % k) * kPanel + column % kPanel] = 0;
      }
    }
  }
  const float* data() const { return floats_.data(); }

 private:
  Floats floats_;
};

// One of the functions that kernels know, with parameters that suit it.
struct RandomFn {
  explicit RandomFn(Input* input) {
    using kernels::Fn;
    constexpr Fn kFns[] = {Fn::kIdentity,    Fn::kRelu,      Fn::kLeakyRelu, Fn::kGeluErf, Fn::kGeluTanh, Fn::kSigmoid,
                           Fn::kHardSigmoid, Fn::kHardSwish, Fn::kSilu,      Fn::kTanh,    Fn::kClip};
    fn = kFns[input->Byte() % std::size(kFns)];
    if (fn == Fn::kClip) alpha = -1, beta = 2;
  }
  kernels::Fn fn;
  float alpha = 0.25f, beta = 0.5f;
};

// Everything that an epilogue may add to `rows` x `columns` outputs, drawn from the input. Keeps what it points to.
class RandomEpilogue {
 public:
  RandomEpilogue(int64_t rows, int64_t columns, Input* input)
      : bias_(columns, input), row_bias_(rows * columns, input), residual_(rows * (columns + 3), input) {
    const RandomFn drawn(input);
    epilogue_.fn = drawn.fn, epilogue_.alpha = drawn.alpha, epilogue_.beta = drawn.beta;
    if (input->Flag()) epilogue_.bias = bias_.data();
    if (input->Flag()) {
      epilogue_.row_bias = row_bias_.data();
      epilogue_.row_period = input->Size(rows);
    }
    if (input->Flag()) {
      epilogue_.residual = residual_.data();
      epilogue_.residual_ld = columns + input->Size(4) - 1;
      if (input->Flag()) epilogue_.residual_period = input->Size(rows);
    }
  }
  const kernels::Epilogue& get() const { return epilogue_; }

 private:
  Floats bias_, row_bias_, residual_;
  kernels::Epilogue epilogue_;
};

// One kernel of a tier on drawn arguments, against the reference; fuzz_kernels.cc lists them all.
using KernelCase = void(Input* input, const kernels::KernelTable& tier);
KernelCase TryGemm, TryAttention;                                                         // matrices.cc
KernelCase TryInt8Gemm, TryInt8Conv;                                                      // int8.cc
KernelCase TryConv, TryWinograd, TryDepthwise, TryPool;                                   // windows.cc
KernelCase TrySoftmax, TryLayerNorm, TryUnary, TryBinary, TryColumnReduce, TryTranspose;  // rows.cc

}  // namespace vitrt::fuzz
