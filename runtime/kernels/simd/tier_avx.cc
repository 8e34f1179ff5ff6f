// The kernels of the avx tier; compiled with that tier's flags only (cmake/VitrtIsa.cmake).
#define VITRT_TIER isa_avx
#define VITRT_TIER_NAME "avx"
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx.h"
#include "runtime/kernels/simd/int8_xmm.h"
#include "runtime/kernels/simd/tier.inl"
// clang-format on
