#define VITRT_TIER isa_avx512
#include "bench/kernels/peak.inl"
#include "runtime/kernels/simd/vec_avx512.h"
