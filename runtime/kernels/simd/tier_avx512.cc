// The kernels of the avx512 tier; compiled with that tier's flags only (cmake/VitrtIsa.cmake).
#define VITRT_TIER isa_avx512
#define VITRT_TIER_NAME "avx512"
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx512.h"
#include "runtime/kernels/simd/int8_zmm.h"
#include "runtime/kernels/simd/tier.inl"
// clang-format on
