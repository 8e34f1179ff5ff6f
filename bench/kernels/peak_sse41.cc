#define VITRT_TIER isa_sse41
#include "bench/kernels/peak.inl"
#include "runtime/kernels/simd/vec_sse41.h"
