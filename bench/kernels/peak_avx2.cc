#define VITRT_TIER isa_avx2
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx2.h"
#include "bench/kernels/peak.inl"
// clang-format on
