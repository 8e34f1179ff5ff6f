// Pools over one to three spatial axes. One axis becomes two with a height of 1; three become a pool over the last two
// followed by one over the first, because maxima and averages over boxes are those of their slices.
#include <algorithm>
#include <limits>

#include "converters/onnx/operators.h"
#include "converters/onnx/window.h"

namespace vitrt::convert::onnx_import {
namespace {

Result<ValueId> EmitPool(NodeContext& node, ValueId x, const Window& w, size_t first, const plan::Pool2dT& kind) {
  plan::Pool2dT op = kind;
  w.Fill(op, first);
  Shape shape = node.type(x).shape;
  for (size_t i : {0, 1}) shape[2 + i] = w.OutputSize(first + i, shape[2 + i]);
  return node.Emit(std::move(op), {x}, ValueType{DType::F32, shape});
}

Result<ValueId> PoolOver(NodeContext& node, ValueId x, Window w, const plan::Pool2dT& kind) {
  const Shape s = node.type(x).shape;
  if (w.axes() == 1) {
    w.AddUnitAxis();
    VITRT_ASSIGN_OR_RETURN(x, node.Reshape(x, {s[0], s[1], 1, s[2]}));
    VITRT_ASSIGN_OR_RETURN(x, EmitPool(node, x, w, 0, kind));
    return node.Reshape(x, {s[0], s[1], node.type(x).shape[3]});
  }
  if (w.axes() == 2) return EmitPool(node, x, w, 0, kind);
  if (w.axes() != 3) return node.Refuse("only one to three spatial axes are supported");
  VITRT_ASSIGN_OR_RETURN(x, node.Reshape(x, {s[0], s[1] * s[2], s[3], s[4]}));
  VITRT_ASSIGN_OR_RETURN(x, EmitPool(node, x, w, 1, kind));
  const int64_t h = node.type(x).shape[2], width = node.type(x).shape[3];
  VITRT_ASSIGN_OR_RETURN(x, node.Reshape(x, {s[0], s[1], s[2], h * width}));
  Window depth = w;
  depth.kernel[1] = depth.strides[1] = depth.dilations[1] = 1;
  depth.pad_begins[1] = depth.pad_ends[1] = 0;
  VITRT_ASSIGN_OR_RETURN(x, EmitPool(node, x, depth, 0, kind));
  return node.Reshape(x, {s[0], s[1], node.type(x).shape[2], h, width});
}

plan::Pool2dT Kind(bool average, bool count_include_pad) {
  plan::Pool2dT kind;
  kind.channels_last = false;
  kind.average = average;
  kind.count_include_pad = count_include_pad;
  return kind;
}

std::vector<int32_t> SpatialAxes(size_t rank) {
  std::vector<int32_t> axes;
  for (size_t i = 2; i < rank; ++i) axes.push_back(static_cast<int32_t>(i));
  return axes;
}

Status ImportMaxPool(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  if (node.wants(1)) return node.Refuse("the output Indices is not supported");
  VITRT_ASSIGN_OR_RETURN(const Window window, ReadWindow(node, node.shape(0), {}));
  VITRT_ASSIGN_OR_RETURN(const ValueId x, node.Cast(node.in(0), DType::F32));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, PoolOver(node, x, window, Kind(false, false)));
  return node.Output(node.Cast(y, node.dtype(0)));
}

Status ImportAveragePool(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t include_pad, node.Int("count_include_pad", 0));
  VITRT_ASSIGN_OR_RETURN(const Window window, ReadWindow(node, node.shape(0), {}));
  return node.Output(PoolOver(node, node.in(0), window, Kind(true, include_pad != 0)));
}

// (sum of |x|^p over the window)^(1/p): the sum is the average that counts all padding, times the window's size.
Status ImportLpPool(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t p, node.Int("p", 2));
  VITRT_ASSIGN_OR_RETURN(Window window, ReadWindow(node, node.shape(0), {}));
  for (size_t i = 0; i < window.axes(); ++i) {  // what ceil mode adds counts as padding here
    const int64_t size = node.shape(0)[2 + i], windows = window.OutputSize(i, size);
    window.pad_ends[i] = std::max(window.pad_ends[i],
                                  (windows - 1) * window.strides[i] + window.extent(i) - size - window.pad_begins[i]);
  }
  window.ceil_mode = false;
  double taps = 1;
  for (int64_t k : window.kernel) taps *= static_cast<double>(k);
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Unary(plan::UnaryFn::Abs, node.in(0)));
  VITRT_ASSIGN_OR_RETURN(y, node.Binary(plan::BinaryFn::Pow, y, node.Scalar(DType::F32, static_cast<double>(p))));
  VITRT_ASSIGN_OR_RETURN(y, PoolOver(node, y, window, Kind(true, true)));
  VITRT_ASSIGN_OR_RETURN(y, node.Scale(y, taps));
  return node.Output(node.Binary(plan::BinaryFn::Pow, y, node.Scalar(DType::F32, 1.0 / static_cast<double>(p))));
}

Status ImportGlobalPool(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  if (node.rank(0) < 2) return BadPlan("x must have at least two dims");
  const plan::ReduceFn fn = node.op_type() == "GlobalMaxPool" ? plan::ReduceFn::Max : plan::ReduceFn::Mean;
  return node.Output(node.Emit(ops::Reduce(fn, SpatialAxes(node.rank(0)), true), {node.in(0)}));
}

Status ImportGlobalLpPool(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t p, node.Int("p", 2));
  if (node.rank(0) < 2) return BadPlan("x must have at least two dims");
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Unary(plan::UnaryFn::Abs, node.in(0)));
  VITRT_ASSIGN_OR_RETURN(y, node.Binary(plan::BinaryFn::Pow, y, node.Scalar(DType::F32, static_cast<double>(p))));
  VITRT_ASSIGN_OR_RETURN(y, node.Emit(ops::Reduce(plan::ReduceFn::Sum, SpatialAxes(node.rank(0)), true), {y}));
  return node.Output(node.Binary(plan::BinaryFn::Pow, y, node.Scalar(DType::F32, 1.0 / static_cast<double>(p))));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"AveragePool", 7, kNewestOpset, ImportAveragePool, "Pool2d", "more than three spatial axes"},
    {"GlobalAveragePool", 1, kNewestOpset, ImportGlobalPool, "Reduce", ""},
    {"GlobalLpPool", 2, kNewestOpset, ImportGlobalLpPool, "Unary, Binary, Reduce", ""},
    {"GlobalMaxPool", 1, kNewestOpset, ImportGlobalPool, "Reduce", ""},
    {"LpPool", 2, kNewestOpset, ImportLpPool, "Unary, Binary, Pool2d", "more than three spatial axes"},
    {"MaxPool", 1, kNewestOpset, ImportMaxPool, "Pool2d", "more than three spatial axes; the output Indices"},
};
// clang-format on

}  // namespace

std::span<const Operator> PoolOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import
