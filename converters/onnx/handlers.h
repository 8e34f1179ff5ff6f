// One handler per operator (or group of operators that differ in a name), gathered in the table of op_table.cc. Each
// reads attributes and inputs in the way of the node's opset and sets the node's outputs.
#pragma once

#include "converters/onnx/node_context.h"

namespace vitrt::convert::onnx_import {

// import_attention.cc
Status ImportAttention(NodeContext& node);
Status ImportRotaryEmbedding(NodeContext& node);
// import_col2im.cc
Status ImportCol2Im(NodeContext& node);
// import_constant.cc
Status ImportCompress(NodeContext& node);
Status ImportConstant(NodeContext& node);
Status ImportConstantOfShape(NodeContext& node);
Status ImportEyeLike(NodeContext& node);
Status ImportNonZero(NodeContext& node);
Status ImportOneHot(NodeContext& node);
Status ImportRange(NodeContext& node);
Status ImportTrilu(NodeContext& node);
// import_conv.cc
Status ImportConv(NodeContext& node);
Status ImportConvTranspose(NodeContext& node);
// import_einsum.cc
Status ImportEinsum(NodeContext& node);
// import_elementwise.cc
Status ImportBinary(NodeContext& node);
Status ImportCast(NodeContext& node);
Status ImportCastLike(NodeContext& node);
Status ImportClip(NodeContext& node);
Status ImportDropout(NodeContext& node);
Status ImportGelu(NodeContext& node);
Status ImportIdentity(NodeContext& node);
Status ImportIsInf(NodeContext& node);
Status ImportMod(NodeContext& node);
Status ImportPow(NodeContext& node);
Status ImportShrink(NodeContext& node);
Status ImportUnary(NodeContext& node);
Status ImportVariadic(NodeContext& node);
Status ImportWhere(NodeContext& node);
// import_gather.cc
Status ImportGather(NodeContext& node);
Status ImportGatherElements(NodeContext& node);
Status ImportGatherND(NodeContext& node);
Status ImportScatterElements(NodeContext& node);
Status ImportScatterND(NodeContext& node);
// import_matrix.cc
Status ImportGemm(NodeContext& node);
Status ImportMatMul(NodeContext& node);
// import_movement.cc
Status ImportConcat(NodeContext& node);
Status ImportExpand(NodeContext& node);
Status ImportPad(NodeContext& node);
Status ImportSlice(NodeContext& node);
Status ImportSplit(NodeContext& node);
Status ImportTile(NodeContext& node);
// import_norm.cc
Status ImportBatchNormalization(NodeContext& node);
Status ImportGroupNormalization(NodeContext& node);
Status ImportInstanceNormalization(NodeContext& node);
Status ImportLayerNormalization(NodeContext& node);
Status ImportLpNormalization(NodeContext& node);
Status ImportLrn(NodeContext& node);
Status ImportMeanVarianceNormalization(NodeContext& node);
// import_pool.cc
Status ImportAveragePool(NodeContext& node);
Status ImportGlobalLpPool(NodeContext& node);
Status ImportGlobalPool(NodeContext& node);
Status ImportLpPool(NodeContext& node);
Status ImportMaxPool(NodeContext& node);
// import_reduce.cc
Status ImportArgReduce(NodeContext& node);
Status ImportCumSum(NodeContext& node);
Status ImportReduce(NodeContext& node);
Status ImportTopK(NodeContext& node);
// import_resize.cc
Status ImportResize(NodeContext& node);
Status ImportUpsample(NodeContext& node);
// import_shape.cc
Status ImportDepthToSpace(NodeContext& node);
Status ImportFlatten(NodeContext& node);
Status ImportReshape(NodeContext& node);
Status ImportShape(NodeContext& node);
Status ImportSize(NodeContext& node);
Status ImportSpaceToDepth(NodeContext& node);
Status ImportSqueeze(NodeContext& node);
Status ImportTranspose(NodeContext& node);
Status ImportUnsqueeze(NodeContext& node);
// import_softmax.cc
Status ImportSoftmax(NodeContext& node);

}  // namespace vitrt::convert::onnx_import
