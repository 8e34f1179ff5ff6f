// The list of rows of each op family, defined in the family's file and gathered by op_lists.cc.
#pragma once

#include "runtime/ops/op_impl.h"

namespace vitrt::ops {

std::span<const OpImpl> LinearRows();
std::span<const OpImpl> Conv2dRows();
std::span<const OpImpl> ConvTranspose2dRows();
std::span<const OpImpl> Pool2dRows();
std::span<const OpImpl> LayerNormRows();
std::span<const OpImpl> AttentionRows();
std::span<const OpImpl> MatMulRows();
std::span<const OpImpl> SoftmaxRows();
std::span<const OpImpl> UnaryRows();
std::span<const OpImpl> BinaryRows();
std::span<const OpImpl> WhereRows();
std::span<const OpImpl> CastRows();
std::span<const OpImpl> TransposeRows();
std::span<const OpImpl> ConcatRows();
std::span<const OpImpl> SliceRows();
std::span<const OpImpl> GatherRows();
std::span<const OpImpl> GatherElementsRows();
std::span<const OpImpl> GatherNDRows();
std::span<const OpImpl> ScatterNDRows();
std::span<const OpImpl> PadRows();
std::span<const OpImpl> ExpandRows();
std::span<const OpImpl> TileRows();
std::span<const OpImpl> ReduceRows();
std::span<const OpImpl> ArgReduceRows();
std::span<const OpImpl> TopKRows();
std::span<const OpImpl> CumSumRows();
std::span<const OpImpl> ResizeRows();

// onednn_rows.cc: rows of Linear and Conv2d, where oneDNN is compiled in.
std::string RefuseOneDnnLinear(const OpContext& context);
Result<std::unique_ptr<BoundOp>> BindOneDnnLinear(const OpContext& context);
std::string RefuseOneDnnConv2d(const OpContext& context);
Result<std::unique_ptr<BoundOp>> BindOneDnnConv2d(const OpContext& context);

}  // namespace vitrt::ops
