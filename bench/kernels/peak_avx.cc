#define VITRT_TIER isa_avx
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx.h"
#include "bench/kernels/peak.inl"
// clang-format on
