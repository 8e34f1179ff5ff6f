// The ordered implementations of each op of a plan: in its family's file, gathered by op_lists.cc.
#pragma once

#include "runtime/ops/op_impl.h"
#include "runtime/plan/op_descriptor.h"

namespace vitrt::ops {

#define VITRT_OP(op, ...) std::span<const OpImpl> op##Implementations();
#define VITRT_GRAPH_OP(op, ...)
#include "runtime/plan/ops.def"

// onednn_conv.cc: implementations of Linear and Conv2d, where oneDNN is compiled in.
std::string RefuseOneDnnLinear(const OpContext& context);
Result<std::unique_ptr<BoundOp>> BindOneDnnLinear(const OpContext& context);
std::string RefuseOneDnnConv2d(const OpContext& context);
Result<std::unique_ptr<BoundOp>> BindOneDnnConv2d(const OpContext& context);

// onednn_int8.cc: of LinearI8 and ConvI8.
std::string RefuseOneDnnInt8(const OpContext& context);
Result<std::unique_ptr<BoundOp>> BindOneDnnLinearI8(const OpContext& context);
Result<std::unique_ptr<BoundOp>> BindOneDnnConvI8(const OpContext& context);

}  // namespace vitrt::ops
