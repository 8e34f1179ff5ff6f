// The kernels of the avx tier; compiled with that tier's flags only (cmake/VitrtIsa.cmake).
#define VITRT_TIER isa_avx
#define VITRT_TIER_NAME "avx"
// clang-format off: the order matters
#include "runtime/kernels/simd/tier.inl"
#include "runtime/kernels/simd/vec_avx.h"
// clang-format on
