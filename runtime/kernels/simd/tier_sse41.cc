// The kernels of the sse41 tier; compiled with that tier's flags only (cmake/VitrtIsa.cmake).
#define VITRT_TIER isa_sse41
#define VITRT_TIER_NAME "sse41"
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_sse41.h"
#include "runtime/kernels/simd/int8_xmm.h"
#include "runtime/kernels/simd/tier.inl"
// clang-format on
