// Reductions, selections and running sums along axes.
#include <algorithm>
#include <utility>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

constexpr std::pair<const char*, plan::ReduceFn> kReductions[] = {
    {"ReduceL1", plan::ReduceFn::L1},         {"ReduceL2", plan::ReduceFn::L2},
    {"ReduceLogSum", plan::ReduceFn::LogSum}, {"ReduceLogSumExp", plan::ReduceFn::LogSumExp},
    {"ReduceMax", plan::ReduceFn::Max},       {"ReduceMean", plan::ReduceFn::Mean},
    {"ReduceMin", plan::ReduceFn::Min},       {"ReduceProd", plan::ReduceFn::Prod},
    {"ReduceSum", plan::ReduceFn::Sum},       {"ReduceSumSquare", plan::ReduceFn::SumSquare},
};

// Axes are an attribute, then an input (ReduceSum since 13, the others since 18). None means all, or with
// noop_with_empty_axes none at all.
Status ImportReduce(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const size_t rank = node.rank(0);
  VITRT_ASSIGN_OR_RETURN(const auto given, node.IntsOrInput("axes", node.op_type() == "ReduceSum" ? 13 : 18, 1));
  VITRT_ASSIGN_OR_RETURN(const int64_t keep_dims, node.Int("keepdims", 1));
  VITRT_ASSIGN_OR_RETURN(const int64_t noop, node.Int("noop_with_empty_axes", 0));
  const auto row = std::find_if(std::begin(kReductions), std::end(kReductions),
                                [&](const auto& r) { return node.op_type() == r.first; });
  std::vector<int32_t> axes;
  if (given && !given->empty()) {
    VITRT_ASSIGN_OR_RETURN(axes, node.Axes(*given, rank));
    std::sort(axes.begin(), axes.end());
    axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  } else if (noop) {
    return node.Output(node.in(0));
  } else {
    for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int32_t>(i));
  }
  return node.Output(node.Emit(ops::Reduce(row->second, std::move(axes), keep_dims != 0), {node.in(0)}));
}

Status ImportArgReduce(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", 0));
  VITRT_ASSIGN_OR_RETURN(const int64_t keep_dims, node.Int("keepdims", 1));
  VITRT_ASSIGN_OR_RETURN(const int64_t last, node.Int("select_last_index", 0));
  plan::ArgReduceT op;
  op.max = node.op_type() == "ArgMax";
  VITRT_ASSIGN_OR_RETURN(op.axis, node.Axis(given, node.rank(0)));
  op.keep_dims = keep_dims != 0;
  op.select_last = last != 0;
  return node.Output(node.Emit(std::move(op), {node.in(0)}));
}

// k is an attribute until opset 9, an input since 10.
Status ImportTopK(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", -1));
  VITRT_ASSIGN_OR_RETURN(const int64_t largest, node.Int("largest", 1));
  plan::TopKT op;
  VITRT_ASSIGN_OR_RETURN(op.axis, node.Axis(given, node.rank(0)));
  op.largest = largest != 0;
  ValueType declared = node.type(node.in(0));
  VITRT_ASSIGN_OR_RETURN(declared.shape[static_cast<size_t>(op.axis)],
                         node.opset() < 10 ? node.Int("k") : node.Integer(1));
  plan::OpUnion u;
  u.Set(std::move(op));
  VITRT_ASSIGN_OR_RETURN(const std::vector<ValueId> outputs, node.EmitAll(std::move(u), {node.in(0)}, declared));
  VITRT_RETURN_IF_ERROR(node.Output(outputs[0], 0));
  return node.Output(outputs[1], 1);
}

Status ImportCumSum(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const int64_t axis, node.Integer(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t exclusive, node.Int("exclusive", 0));
  VITRT_ASSIGN_OR_RETURN(const int64_t reverse, node.Int("reverse", 0));
  plan::CumSumT op;
  VITRT_ASSIGN_OR_RETURN(op.axis, node.Axis(axis, node.rank(0)));
  op.exclusive = exclusive != 0;
  op.reverse = reverse != 0;
  return node.Output(node.Emit(std::move(op), {node.in(0)}));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"ArgMax", 1, kNewestOpset, ImportArgReduce, "ArgReduce", ""},
    {"ArgMin", 1, kNewestOpset, ImportArgReduce, "ArgReduce", ""},
    {"CumSum", 11, kNewestOpset, ImportCumSum, "CumSum", "computed axis"},
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
    {"TopK", 1, kNewestOpset, ImportTopK, "TopK", "computed k"},
};
// clang-format on

}  // namespace

std::span<const Operator> ReduceOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import
