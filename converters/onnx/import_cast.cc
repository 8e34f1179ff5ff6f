// Cast, and operators that give their input on.
#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

Status ImportCast(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t to, node.Int("to"));
  const auto dtype = ImportedDType(to);
  if (!dtype) return node.Refuse("cast to " + ElementTypeName(to) + " is not supported");
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Cast(node.in(0), *dtype));
  if (const auto narrow = NarrowRange(to); narrow && node.Narrow(y) == nullptr) node.SetNarrow(y, *narrow);
  return node.Output(y);
}

Status ImportCastLike(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  return node.Output(node.Cast(node.in(0), node.dtype(1)));
}

Status ImportIdentity(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  return node.Output(node.in(0));
}

// Inference: y = x and a mask of ones.
Status ImportDropout(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  if (node.opset() >= 12 && node.has(2)) {
    VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> training, node.Constant(node.in(2)));
    VITRT_ASSIGN_OR_RETURN(
        const std::optional<Tensor> ratio,
        node.has(1) ? node.Constant(node.in(1)) : Result<std::optional<Tensor>>(std::optional<Tensor>()));
    const bool zero_ratio = ratio && ratio->dtype == DType::F32 && ratio->size() == 1 && ratio->f32()[0] == 0;
    const bool off = training && training->dtype == DType::Bool && training->size() == 1 && !training->boolean()[0];
    if (!off && !zero_ratio) return node.Refuse("dropout in training mode");
  }
  VITRT_RETURN_IF_ERROR(node.Output(node.in(0)));
  if (!node.wants(1)) return {};
  const DType mask = node.opset() >= 10 ? DType::Bool : DType::F32;
  return node.Output(node.Expand(node.Scalar(mask, 1), node.shape(0)), 1);
}

constexpr Operator kOperators[] = {
    {"Cast", 6, kNewestOpset, ImportCast, "Cast", "strings, complex, 8-bit and smaller floats"},
    {"CastLike", 15, kNewestOpset, ImportCastLike, "Cast", "strings, complex, 8-bit and smaller floats"},
    {"Dropout", 7, kNewestOpset, ImportDropout, "nothing", "training mode"},
    {"Identity", 1, kNewestOpset, ImportIdentity, "nothing", ""},
};

}  // namespace

std::span<const Operator> CastOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import
