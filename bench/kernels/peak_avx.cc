#define VITRT_TIER isa_avx
#include "runtime/kernels/simd/vec_avx.h"
#include "bench/kernels/peak.inl"
