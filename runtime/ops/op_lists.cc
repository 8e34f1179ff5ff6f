#include "runtime/ops/op_lists.h"

#include <iterator>

namespace vitrt::ops {
namespace {

std::span<const OpImpl> None() { return {}; }

// By plan::Op.
constexpr std::span<const OpImpl> (*kLists[])() = {
    None /* NONE */,    LinearRows,
    Conv2dRows,         ConvTranspose2dRows,
    Pool2dRows,         LayerNormRows,
    AttentionRows,      MatMulRows,
    SoftmaxRows,        UnaryRows,
    BinaryRows,         WhereRows,
    CastRows,           None /* Reshape: never in a plan */,
    TransposeRows,      ConcatRows,
    SliceRows,          GatherRows,
    GatherElementsRows, GatherNDRows,
    ScatterNDRows,      PadRows,
    ExpandRows,         TileRows,
    ReduceRows,         ArgReduceRows,
    TopKRows,           CumSumRows,
    ResizeRows,
};
static_assert(std::size(kLists) == static_cast<size_t>(plan::Op::MAX) + 1, "a list for every op");

}  // namespace

std::span<const OpImpl> ImplementationsOf(plan::Op op) { return kLists[static_cast<size_t>(op)](); }

}  // namespace vitrt::ops
