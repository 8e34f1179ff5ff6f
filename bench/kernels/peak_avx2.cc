#define VITRT_TIER isa_avx2
#include "runtime/kernels/simd/vec_avx2.h"
#include "bench/kernels/peak.inl"
