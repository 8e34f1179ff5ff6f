// Every kernel of one tier and the tier's table, the only symbol an object of a tier exports. Included by tier_*.cc
// after the tier's vec_*.h. Kernels live in an unnamed namespace: nothing may be merged with another tier's code by the
// linker.
#include "runtime/kernels/kernel_table.h"

// In this order.
// clang-format off
#include "runtime/kernels/simd/unroll.inl"
#include "runtime/kernels/simd/copy.inl"
#include "runtime/kernels/simd/math.inl"
#include "runtime/kernels/simd/transpose.inl"
#include "runtime/kernels/simd/activation.inl"
#include "runtime/kernels/simd/epilogue.inl"
#include "runtime/kernels/simd/tile.inl"
#include "runtime/kernels/simd/gemm.inl"
#include "runtime/kernels/simd/int8_quantize.inl"
#include "runtime/kernels/simd/int8_tile.inl"
#include "runtime/kernels/simd/int8_gemm.inl"
#include "runtime/kernels/simd/int8_conv.inl"
#include "runtime/kernels/simd/normalize.inl"
#include "runtime/kernels/simd/softmax.inl"
#include "runtime/kernels/simd/elementwise.inl"
#include "runtime/kernels/simd/column_reduce.inl"
#include "runtime/kernels/simd/attention.inl"
#include "runtime/kernels/simd/conv.inl"
#include "runtime/kernels/simd/winograd.inl"
#include "runtime/kernels/simd/depthwise.inl"
#include "runtime/kernels/simd/pool.inl"
#include "runtime/kernels/simd/peak.inl"
// clang-format on

namespace vitrt::kernels::VITRT_TIER {

extern const KernelTable kTable;
const KernelTable kTable = {
    .name = VITRT_TIER_NAME,
    .gemm_rows = kTileRows,
    .gemm = Gemm,
    .attention_pack_bytes = AttentionPackSize,
    .attention_score_bytes = AttentionScoreSize,
    .attention_pack = PackAttention,
    .attention_rows = Attention,
    .layer_norm = LayerNorm,
    .softmax = Softmax,
    .unary = Unary,
    .binary = Binary,
    .column_reduce = ColumnReduce,
    .conv = {ConvScratchBytes, Conv},
    .winograd = {WinogradTiles, WinogradScratchBytes, Winograd},
    .depthwise = Depthwise,
    .pool = Pool,
    .transpose = Transpose,
    .int8 = {kInt8Name, kInt8Rows, QuantizeRows, Int8Gemm, RangeOf, QuantizeMap, Int8Conv, FinishInt8},
    .peak = PeakFlops,
};

}  // namespace vitrt::kernels::VITRT_TIER
