// The kernels of the avx2 tier; compiled with that tier's flags only (cmake/VitrtIsa.cmake).
#define VITRT_TIER isa_avx2
#define VITRT_TIER_NAME "avx2"
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx2.h"
#include "runtime/kernels/simd/int8_ymm.h"
#include "runtime/kernels/simd/tier.inl"
// clang-format on
