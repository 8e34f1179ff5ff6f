#define VITRT_TIER isa_avx512
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx512.h"
#include "bench/kernels/peak.inl"
// clang-format on
