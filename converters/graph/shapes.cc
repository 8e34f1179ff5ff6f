// InferTypes: the table of rules, and what all rules share.
#include "converters/graph/shapes.h"

#include "converters/graph/graph.h"

namespace vitrt::convert {
namespace shapes {

Status CheckFloat(const Context& c, size_t i, const char* what) {
  if (c.in(i).dtype == DType::F32) return {};
  return BadPlan(std::string(what) + " must be F32 but is " + ToString(c.in(i)));
}

Status CheckAxis(int64_t axis, size_t rank) {
  if (axis >= 0 && axis < static_cast<int64_t>(rank)) return {};
  return BadPlan("axis " + std::to_string(axis) + " is outside of rank " + std::to_string(rank));
}

bool IsInteger(DType dtype) { return dtype == DType::I32 || dtype == DType::I64; }

Result<Types> One(DType dtype, Shape shape) {
  if (Status status = CheckShape(shape); !status.ok()) return status;
  return Types{{dtype, std::move(shape)}};
}

namespace {

constexpr int kAnyNumber = 1 << 20;

struct Rule {
  plan::Op op;
  int required;  // inputs that must be there
  int allowed;   // inputs there may be
  Result<Types> (*infer)(const Context&);
};

constexpr Rule kRules[] = {
    {plan::Op::Linear, 2, 5, InferLinear},
    {plan::Op::Conv2d, 2, 5, InferConv2d},
    {plan::Op::ConvTranspose2d, 2, 3, InferConvTranspose2d},
    {plan::Op::Pool2d, 1, 1, InferPool2d},
    {plan::Op::LayerNorm, 1, 3, InferLayerNorm},
    {plan::Op::Attention, 3, 4, InferAttention},
    {plan::Op::MatMul, 2, 2, InferMatMul},
    {plan::Op::Softmax, 1, 1, InferSoftmax},
    {plan::Op::Unary, 1, 1, InferUnary},
    {plan::Op::Binary, 2, 2, InferBinary},
    {plan::Op::Where, 3, 3, InferWhere},
    {plan::Op::Cast, 1, 1, InferCast},
    {plan::Op::Reshape, 1, 1, InferReshape},
    {plan::Op::Transpose, 1, 1, InferTranspose},
    {plan::Op::Concat, 1, kAnyNumber, InferConcat},
    {plan::Op::Slice, 1, 1, InferSlice},
    {plan::Op::Gather, 2, 2, InferGather},
    {plan::Op::GatherElements, 2, 2, InferGatherElements},
    {plan::Op::GatherND, 2, 2, InferGatherND},
    {plan::Op::ScatterND, 3, 3, InferScatterND},
    {plan::Op::Pad, 1, 1, InferPad},
    {plan::Op::Expand, 1, 1, InferExpand},
    {plan::Op::Tile, 1, 1, InferTile},
    {plan::Op::Reduce, 1, 1, InferReduce},
    {plan::Op::ArgReduce, 1, 1, InferArgReduce},
    {plan::Op::TopK, 1, 1, InferTopK},
    {plan::Op::CumSum, 1, 1, InferCumSum},
    {plan::Op::Resize, 1, 1, InferResize},
};

}  // namespace
}  // namespace shapes

Result<std::vector<ValueType>> InferTypes(const plan::OpUnion& op, const std::vector<std::optional<ValueType>>& inputs,
                                          const std::optional<ValueType>& declared) {
  for (const shapes::Rule& rule : shapes::kRules) {
    if (rule.op != op.type) continue;
    const int count = static_cast<int>(inputs.size());
    if (count < rule.required || count > rule.allowed) {
      return BadPlan(std::string(plan::EnumNameOp(op.type)) + " cannot have " + std::to_string(count) + " inputs");
    }
    for (int i = 0; i < count; ++i) {
      const bool must = i < rule.required || rule.allowed == shapes::kAnyNumber;
      if (must && !inputs[static_cast<size_t>(i)]) {
        return BadPlan(std::string(plan::EnumNameOp(op.type)) + " needs its input " + std::to_string(i));
      }
    }
    return rule.infer({op, inputs, declared});
  }
  return Internal("no such op: " + std::to_string(static_cast<int>(op.type)));
}

Result<std::vector<ValueType>> InferTypes(const Graph& graph, const plan::OpUnion& op,
                                          const std::vector<ValueId>& inputs,
                                          const std::optional<ValueType>& declared) {
  std::vector<std::optional<ValueType>> types;
  types.reserve(inputs.size());
  for (ValueId id : inputs) types.push_back(id == kNoValue ? std::nullopt : std::optional(graph.value(id).type()));
  return InferTypes(op, types, declared);
}

}  // namespace vitrt::convert
