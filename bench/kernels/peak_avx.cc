#define VITRT_TIER isa_avx
#include "bench/kernels/peak.inl"
#include "runtime/kernels/simd/vec_avx.h"
