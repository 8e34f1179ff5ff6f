#include "converters/onnx/op_table.h"

#include <string>

#include "converters/onnx/handlers.h"

namespace vitrt::convert::onnx_import {
namespace {

// clang-format off
const std::vector<OpRow> kTable = {
    {"Abs", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Acos", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Acosh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Add", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"And", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"ArgMax", 1, kNewestOpset, ImportArgReduce, "ArgReduce", ""},
    {"ArgMin", 1, kNewestOpset, ImportArgReduce, "ArgReduce", ""},
    {"Asin", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Asinh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Atan", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Atanh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Attention", 23, kNewestOpset, ImportAttention, "MatMul, Mul, Add, Softmax, MatMul", "computed nonpad_kv_seqlen"},
    {"AveragePool", 7, kNewestOpset, ImportAveragePool, "Pool2d", "more than three spatial axes"},
    {"BatchNormalization", 7, kNewestOpset, ImportBatchNormalization, "Mul, Add per channel", "training mode, except of constants; computed statistics"},
    {"Cast", 6, kNewestOpset, ImportCast, "Cast", "strings, complex, 8-bit and smaller floats"},
    {"CastLike", 15, kNewestOpset, ImportCastLike, "Cast", "strings, complex, 8-bit and smaller floats"},
    {"Ceil", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Celu", 12, kNewestOpset, ImportUnary, "Unary", ""},
    {"Clip", 6, kNewestOpset, ImportClip, "Unary, or Max and Min", ""},
    {"Col2Im", 18, kNewestOpset, ImportCol2Im, "ConvTranspose2d", "three spatial axes; computed shapes"},
    {"Compress", 9, kNewestOpset, ImportCompress, "Gather", "computed conditions"},
    {"Concat", 4, kNewestOpset, ImportConcat, "Concat", ""},
    {"Constant", 1, kNewestOpset, ImportConstant, "a constant", "strings, sparse tensors"},
    {"ConstantOfShape", 9, kNewestOpset, ImportConstantOfShape, "a constant", "computed shapes"},
    {"Conv", 1, kNewestOpset, ImportConv, "Conv2d", "three spatial axes"},
    {"ConvTranspose", 1, kNewestOpset, ImportConvTranspose, "ConvTranspose2d", "three spatial axes"},
    {"Cos", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Cosh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"CumSum", 11, kNewestOpset, ImportCumSum, "CumSum", "computed axis"},
    {"DepthToSpace", 1, kNewestOpset, ImportDepthToSpace, "Reshape, Transpose", ""},
    {"Div", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Dropout", 7, kNewestOpset, ImportDropout, "nothing", "training mode"},
    {"Einsum", 12, kNewestOpset, ImportEinsum, "Transpose, Reshape, MatMul, Reduce", "more than two operands"},
    {"Elu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Equal", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Erf", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Exp", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Expand", 8, kNewestOpset, ImportExpand, "Expand", "computed shapes"},
    {"EyeLike", 9, kNewestOpset, ImportEyeLike, "a constant", ""},
    {"Flatten", 1, kNewestOpset, ImportFlatten, "Reshape", ""},
    {"Floor", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Gather", 1, kNewestOpset, ImportGather, "Gather, or Slice for one known index", ""},
    {"GatherElements", 11, kNewestOpset, ImportGatherElements, "GatherElements", ""},
    {"GatherND", 11, kNewestOpset, ImportGatherND, "GatherND", ""},
    {"Gelu", 20, kNewestOpset, ImportGelu, "Unary", ""},
    {"Gemm", 7, kNewestOpset, ImportGemm, "Transpose, MatMul, Mul, Add", ""},
    {"GlobalAveragePool", 1, kNewestOpset, ImportGlobalPool, "Reduce", ""},
    {"GlobalLpPool", 2, kNewestOpset, ImportGlobalLpPool, "Unary, Binary, Reduce", ""},
    {"GlobalMaxPool", 1, kNewestOpset, ImportGlobalPool, "Reduce", ""},
    {"Greater", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"GreaterOrEqual", 12, kNewestOpset, ImportBinary, "Binary", ""},
    {"GroupNormalization", 18, kNewestOpset, ImportGroupNormalization, "Reshape, LayerNorm, Mul, Add", ""},
    {"HardSigmoid", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"HardSwish", 14, kNewestOpset, ImportUnary, "Unary", ""},
    {"Hardmax", 1, kNewestOpset, ImportSoftmax, "ArgReduce, Equal, Cast", ""},
    {"Identity", 1, kNewestOpset, ImportIdentity, "nothing", ""},
    {"InstanceNormalization", 6, kNewestOpset, ImportInstanceNormalization, "Reshape, LayerNorm, Mul, Add", ""},
    {"IsInf", 10, kNewestOpset, ImportIsInf, "Unary, or Equal", ""},
    {"IsNaN", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"LRN", 1, kNewestOpset, ImportLrn, "Pool2d over channels, Binary", ""},
    {"LayerNormalization", 17, kNewestOpset, ImportLayerNormalization, "LayerNorm", ""},
    {"LeakyRelu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Less", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"LessOrEqual", 12, kNewestOpset, ImportBinary, "Binary", ""},
    {"Log", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"LogSoftmax", 1, kNewestOpset, ImportSoftmax, "Softmax", ""},
    {"LpNormalization", 1, kNewestOpset, ImportLpNormalization, "Reduce, Where, Div", ""},
    {"LpPool", 2, kNewestOpset, ImportLpPool, "Unary, Binary, Pool2d", "more than three spatial axes"},
    {"MatMul", 1, kNewestOpset, ImportMatMul, "MatMul", ""},
    {"Max", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"MaxPool", 1, kNewestOpset, ImportMaxPool, "Pool2d", "more than three spatial axes; the output Indices"},
    {"Mean", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"MeanVarianceNormalization", 9, kNewestOpset, ImportMeanVarianceNormalization, "Reduce, Binary, Unary", ""},
    {"Min", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"Mish", 18, kNewestOpset, ImportUnary, "Unary", ""},
    {"Mod", 10, kNewestOpset, ImportMod, "Binary", ""},
    {"Mul", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Neg", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"NonZero", 9, kNewestOpset, ImportNonZero, "a constant", "computed inputs"},
    {"Not", 1, kNewestOpset, ImportUnary, "Unary", ""},
    {"OneHot", 9, kNewestOpset, ImportOneHot, "Equal, Where", "computed depth"},
    {"Or", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"PRelu", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Pad", 2, kNewestOpset, ImportPad, "Pad", "computed pads"},
    {"Pow", 7, kNewestOpset, ImportPow, "Binary", ""},
    {"RMSNormalization", 23, kNewestOpset, ImportLayerNormalization, "LayerNorm", ""},
    {"Range", 11, kNewestOpset, ImportRange, "a constant", "computed bounds"},
    {"Reciprocal", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"ReduceL1", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceL2", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceLogSum", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceLogSumExp", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceMax", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceMean", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceMin", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceProd", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceSum", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"ReduceSumSquare", 1, kNewestOpset, ImportReduce, "Reduce", ""},
    {"Relu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Reshape", 1, kNewestOpset, ImportReshape, "Reshape", "computed shapes"},
    {"Resize", 10, 10, ImportUpsample, "Resize", "computed scales"},
    {"Resize", 11, kNewestOpset, ImportResize, "Resize", "tf_crop_and_resize; computed scales or sizes"},
    {"RotaryEmbedding", 23, kNewestOpset, ImportRotaryEmbedding, "Slice, Mul, Add, Concat", ""},
    {"Round", 11, kNewestOpset, ImportUnary, "Unary", ""},
    {"Scatter", 9, 10, ImportScatterElements, "Concat, ScatterND", ""},
    {"ScatterElements", 11, kNewestOpset, ImportScatterElements, "Concat, ScatterND", ""},
    {"ScatterND", 11, kNewestOpset, ImportScatterND, "ScatterND", ""},
    {"Selu", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Shape", 1, kNewestOpset, ImportShape, "a constant", ""},
    {"Shrink", 9, kNewestOpset, ImportShrink, "Binary, Where", ""},
    {"Sigmoid", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sign", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sin", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Sinh", 9, kNewestOpset, ImportUnary, "Unary", ""},
    {"Size", 1, kNewestOpset, ImportSize, "a constant", ""},
    {"Slice", 1, kNewestOpset, ImportSlice, "Slice", "computed bounds"},
    {"Softmax", 1, kNewestOpset, ImportSoftmax, "Softmax", ""},
    {"Softplus", 1, kNewestOpset, ImportUnary, "Unary", ""},
    {"Softsign", 1, kNewestOpset, ImportUnary, "Unary", ""},
    {"SpaceToDepth", 1, kNewestOpset, ImportSpaceToDepth, "Reshape, Transpose", ""},
    {"Split", 1, kNewestOpset, ImportSplit, "Slice", "computed sizes"},
    {"Sqrt", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"Squeeze", 1, kNewestOpset, ImportSqueeze, "Reshape", "computed axes"},
    {"Sub", 7, kNewestOpset, ImportBinary, "Binary", ""},
    {"Sum", 8, kNewestOpset, ImportVariadic, "Binary, one for each further input", ""},
    {"Swish", 24, kNewestOpset, ImportUnary, "Unary", ""},
    {"Tan", 7, kNewestOpset, ImportUnary, "Unary", ""},
    {"Tanh", 6, kNewestOpset, ImportUnary, "Unary", ""},
    {"ThresholdedRelu", 10, kNewestOpset, ImportUnary, "Unary", ""},
    {"Tile", 6, kNewestOpset, ImportTile, "Tile", "computed repeats"},
    {"TopK", 1, kNewestOpset, ImportTopK, "TopK", "computed k"},
    {"Transpose", 1, kNewestOpset, ImportTranspose, "Transpose", ""},
    {"Trilu", 14, kNewestOpset, ImportTrilu, "Where", "computed k"},
    {"Unsqueeze", 1, kNewestOpset, ImportUnsqueeze, "Reshape", "computed axes"},
    {"Upsample", 7, 9, ImportUpsample, "Resize", "computed scales"},
    {"Where", 9, kNewestOpset, ImportWhere, "Where", ""},
    {"Xor", 7, kNewestOpset, ImportBinary, "Binary", ""},
};
// clang-format on

// What operators are for that people's models have and vitrt has not.
struct Gap {
  const char *op_type, *reason;
};
constexpr Gap kGaps[] = {
    {"AffineGrid", "sampling at computed places is not supported"},
    {"DeformConv", "deformable convolutions are not supported"},
    {"DequantizeLinear", "quantized models are not supported; convert the float model"},
    {"DynamicQuantizeLinear", "quantized models are not supported; convert the float model"},
    {"GRU", "recurrent layers are not supported"},
    {"GridSample", "sampling at computed places is not supported"},
    {"LSTM", "recurrent layers are not supported"},
    {"Loop", "loops are not supported; export with them unrolled"},
    {"MaxRoiPool", "models that find boxes are not supported; vitrt runs classifiers"},
    {"NonMaxSuppression", "models that find boxes are not supported; vitrt runs classifiers"},
    {"QuantizeLinear", "quantized models are not supported; convert the float model"},
    {"RNN", "recurrent layers are not supported"},
    {"RandomNormal", "random numbers are not supported; export the model after model.eval()"},
    {"RandomNormalLike", "random numbers are not supported; export the model after model.eval()"},
    {"RandomUniform", "random numbers are not supported; export the model after model.eval()"},
    {"RandomUniformLike", "random numbers are not supported; export the model after model.eval()"},
    {"RoiAlign", "models that find boxes are not supported; vitrt runs classifiers"},
    {"Scan", "loops are not supported; export with them unrolled"},
};

std::string Range(const OpRow& row) {
  const std::string since = std::to_string(row.since);
  if (row.since == row.until) return since;
  return since + "-" + std::to_string(row.until);
}

}  // namespace

const std::vector<OpRow>& OpTable() { return kTable; }

Result<const OpRow*> FindOp(const std::string& op_type, int64_t opset) {
  if (opset > kNewestOpset) {
    return Unsupported("opset " + std::to_string(opset) + " is newer than " + std::to_string(kNewestOpset) +
                       ", the newest one known");
  }
  std::string known;
  for (const OpRow& row : kTable) {
    if (op_type != row.op_type) continue;
    if (opset >= row.since && opset <= row.until) return &row;
    known += (known.empty() ? "" : ", ") + Range(row);
  }
  if (known.empty()) {
    std::string reason = "this operator is not supported";
    for (const Gap& gap : kGaps) {
      if (op_type == gap.op_type) reason += ": " + std::string(gap.reason);
    }
    return Unsupported(reason);
  }
  return Unsupported("supported for opsets " + known + ", not for " + std::to_string(opset));
}

std::string OpTableMarkdown() {
  std::string text = "| operator | opsets | becomes | refused |\n|---|---|---|---|\n";
  for (const OpRow& row : kTable) {
    text += std::string("| ") + row.op_type + " | " + Range(row) + " | " + row.becomes + " | " + row.limits + " |\n";
  }
  return text;
}

}  // namespace vitrt::convert::onnx_import
