// The kernels of the avx2 tier; compiled with that tier's flags only (cmake/VitrtIsa.cmake).
#define VITRT_TIER isa_avx2
#define VITRT_TIER_NAME "avx2"
// clang-format off: the order matters
#include "runtime/kernels/simd/tier.inl"
#include "runtime/kernels/simd/vec_avx2.h"
// clang-format on
