// The kernels of the sse41 tier; compiled with that tier's flags only (cmake/VitrtIsa.cmake).
#define VITRT_TIER isa_sse41
#define VITRT_TIER_NAME "sse41"
// clang-format off: the order matters
#include "runtime/kernels/simd/tier.inl"
#include "runtime/kernels/simd/vec_sse41.h"
// clang-format on
