// InferTypes: the table of rules, and what all rules share.
#include "converters/graph/shapes.h"

#include "converters/graph/graph.h"
#include "runtime/plan/op_descriptor.h"

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

// By plan::Op, without NONE.
constexpr Result<Types> (*kRules[])(const Context&) = {
#define VITRT_OP(op, ...) Infer##op,
#include "runtime/plan/ops.def"
};

}  // namespace
}  // namespace shapes

Result<std::vector<ValueType>> InferTypes(const plan::OpUnion& op, const std::vector<std::optional<ValueType>>& inputs,
                                          const std::optional<ValueType>& declared) {
  if (!plan::IsKnown(op.type)) return Internal("no such op: " + std::to_string(static_cast<int>(op.type)));
  const plan::OpDescriptor& descriptor = plan::DescriptorOf(op.type);
  const int count = static_cast<int>(inputs.size());
  if (!descriptor.TakesInputs(count)) {
    return BadPlan(std::string(descriptor.name) + " cannot have " + std::to_string(count) + " inputs");
  }
  for (int i = 0; i < count; ++i) {
    if (descriptor.RequiresInput(i) && !inputs[static_cast<size_t>(i)])
      return BadPlan(std::string(descriptor.name) + " needs its input " + std::to_string(i));
  }
  return shapes::kRules[static_cast<size_t>(op.type) - 1]({op, inputs, declared});
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
