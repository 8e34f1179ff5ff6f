// Sizes and values from bytes: every kernel on every tier that this CPU has against the reference, and no write
// outside.
#include "runtime/base/isa.h"
#include "tests/fuzz/kernels/case.h"

namespace {

using namespace vitrt;

constexpr fuzz::KernelCase* kCases[] = {
    fuzz::TryGemm,      fuzz::TryAttention, fuzz::TryConv,     fuzz::TryDepthwise, fuzz::TryPool,
    fuzz::TrySoftmax,   fuzz::TryLayerNorm, fuzz::TryUnary,    fuzz::TryBinary,    fuzz::TryColumnReduce,
    fuzz::TryTranspose, fuzz::TryInt8Gemm,  fuzz::TryInt8Conv, fuzz::TryWinograd};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto best = IsaOf(ReadCpuWords());
  for (const Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) {
    if (!best || isa > *best) break;
    fuzz::Input input(data, size);  // the same for every tier
    kCases[input.Byte() % std::size(kCases)](&input, kernels::Kernels(isa));
  }
  return 0;
}
