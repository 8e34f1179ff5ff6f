#define VITRT_TIER isa_avx512
#include "runtime/kernels/simd/vec_avx512.h"
#include "bench/kernels/peak.inl"
