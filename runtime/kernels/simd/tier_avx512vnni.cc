// The int8 kernels of the avx512 tier on AVX-512 VNNI, a feature that kernel_table.cc asks for.
#define VITRT_TIER isa_avx512vnni
#define VITRT_VNNI
#include "runtime/kernels/int8.h"
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx512.h"
#include "runtime/kernels/simd/int8_zmm.h"
#include "runtime/kernels/simd/unroll.inl"
#include "runtime/kernels/simd/copy.inl"
#include "runtime/kernels/simd/math.inl"
#include "runtime/kernels/simd/activation.inl"
#include "runtime/kernels/simd/epilogue.inl"
#include "runtime/kernels/simd/tile.inl"
#include "runtime/kernels/simd/int8_quantize.inl"
#include "runtime/kernels/simd/int8_tile.inl"
#include "runtime/kernels/simd/int8_gemm.inl"
#include "runtime/kernels/simd/int8_conv.inl"
// clang-format on

namespace vitrt::kernels::VITRT_TIER {

extern const Int8Kernels kTable;
const Int8Kernels kTable = {kInt8Name, kInt8Rows, QuantizeRows, Int8Gemm, RangeOf, QuantizeMap, Int8Conv, FinishInt8};

}  // namespace vitrt::kernels::VITRT_TIER
