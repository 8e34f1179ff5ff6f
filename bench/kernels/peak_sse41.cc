#define VITRT_TIER isa_sse41
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_sse41.h"
#include "bench/kernels/peak.inl"
// clang-format on
