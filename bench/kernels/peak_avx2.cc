#define VITRT_TIER isa_avx2
#include "bench/kernels/peak.inl"
#include "runtime/kernels/simd/vec_avx2.h"
