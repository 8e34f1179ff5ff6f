#define VITRT_TIER isa_sse41
#include "runtime/kernels/simd/vec_sse41.h"
#include "bench/kernels/peak.inl"
