// Shapes and values from bytes: every tier that this CPU has against the reference, and no write outside.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "runtime/base/isa.h"
#include "runtime/kernels/kernel_table.h"
#include "runtime/kernels/ref/gemm.h"
#include "runtime/kernels/ref/softmax.h"
#include "tests/fuzz/harness.h"

namespace {

using namespace vitrt;
using namespace vitrt::kernels;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  int64_t Size(int64_t most) { return 1 + (Byte() | Byte() << 8) % most; }
  uint8_t Byte() { return at_ < size_ ? data_[at_++] : uint8_t{0}; }
  float Value() { return static_cast<float>(static_cast<int8_t>(Byte())) / 32; }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

// Exactly as large as asked for, so that a sanitizer sees every access outside.
struct Floats {
  explicit Floats(int64_t n) : count(n), data(static_cast<float*>(std::aligned_alloc(64, Bytes(n)))) {
    std::fill_n(data, Bytes(n) / sizeof(float), kGuard);
  }
  Floats(int64_t n, Input* input) : Floats(n) {
    for (int64_t i = 0; i < n; ++i) data[i] = input->Value();
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;
  ~Floats() { std::free(data); }
  bool Intact() const {
    return std::all_of(data + count, data + Bytes(count) / sizeof(float), [](float v) { return v == kGuard; });
  }

  static constexpr float kGuard = 12345;
  static size_t Bytes(int64_t n) { return (static_cast<size_t>(n) * sizeof(float) + 127) / 64 * 64; }
  int64_t count;
  float* data;
};

void RequireClose(const Floats& a, const Floats& b, double tolerance) {
  for (int64_t i = 0; i < a.count; ++i) fuzz::Require(std::abs(a.data[i] - b.data[i]) <= tolerance);
}

void TryGemm(Input* input, const KernelTable& tier) {
  const int64_t m = input->Size(40), n = input->Size(70), k = input->Size(300);
  const int64_t panels = (n + kPanel - 1) / kPanel, lda = k + input->Size(4) - 1, ldc = n + input->Size(4) - 1;
  const Floats a(m * lda, input), bias(n, input);
  Floats b(panels * k * kPanel, input), c(m * ldc), expected(m * ldc);
  for (int64_t p = 0; p < panels; ++p) {  // columns behind n are zero
    for (int64_t i = 0; i < k; ++i) {
      for (int64_t j = std::min(kPanel, n - p * kPanel); j < kPanel; ++j) b.data[(p * k + i) * kPanel + j] = 0;
    }
  }
  GemmArgs args{.m = m, .n = n, .k = k, .a = a.data, .lda = lda, .b = b.data, .c = c.data, .ldc = ldc, .epilogue = {}};
  if (input->Byte() % 2 == 1) args.epilogue.bias = bias.data;
  tier.gemm(args, {0, m, 0, panels});
  args.c = expected.data;
  ref::Gemm(args, {0, m, 0, panels});
  RequireClose(c, expected, 1e-4 * static_cast<double>(k));
  fuzz::Require(c.Intact());
}

void TrySoftmax(Input* input, const KernelTable& tier) {
  const int64_t rows = input->Size(9), channels = input->Size(600);
  const bool log = input->Byte() % 2 == 1;
  const Floats x(rows * channels, input);
  Floats y(rows * channels), expected(rows * channels);
  tier.softmax({.rows = rows, .channels = channels, .x = x.data, .y = y.data, .log = log});
  ref::Softmax({.outer = rows, .axis = channels, .inner = 1, .log = log, .x = x.data, .y = expected.data});
  RequireClose(y, expected, log ? 1e-4 : 1e-5);
  fuzz::Require(y.Intact());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto best = IsaOf(ReadCpuWords());
  for (const Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) {
    if (!best || isa > *best) break;
    Input input(data, size);  // the same for every tier
    const auto attempt = input.Byte() % 2 == 0 ? TryGemm : TrySoftmax;
    attempt(&input, Kernels(isa));
  }
  return 0;
}
