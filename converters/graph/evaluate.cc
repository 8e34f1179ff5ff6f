// EvaluateNode and EvaluateGraph: the table of evaluators and the walk over a graph.
#include "converters/graph/evaluate.h"

#include "converters/graph/graph.h"
#include "runtime/base/check.h"
#include "runtime/plan/op_descriptor.h"

namespace vitrt::convert {
namespace evaluate {
namespace {

// By plan::Op, without NONE.
constexpr Result<Tensors> (*kEvaluators[])(const Context&) = {
#define VITRT_OP(op, ...) Evaluate##op,
#include "runtime/plan/ops.def"
};

}  // namespace
}  // namespace evaluate

Result<std::vector<Tensor>> EvaluateNode(const plan::OpUnion& op, const std::vector<std::optional<Tensor>>& inputs,
                                         const std::vector<ValueType>& outputs) {
  if (!plan::IsKnown(op.type)) return Internal("no such op: " + std::to_string(static_cast<int>(op.type)));
  return evaluate::kEvaluators[static_cast<size_t>(op.type) - 1]({op, inputs, outputs});
}

Result<std::vector<Tensor>> EvaluateGraph(const Graph& graph, const Tensor& input) {
  return EvaluateGraph(graph, std::vector<Tensor>{input});
}

Result<std::vector<Tensor>> EvaluateGraph(const Graph& graph, const std::vector<Tensor>& inputs) {
  std::vector<NamedValue> parameters = graph.free_inputs;
  if (graph.input != kNoValue) parameters.insert(parameters.begin(), {graph.input_name, graph.input});
  if (parameters.size() != inputs.size())
    return BadInput("the graph has " + std::to_string(parameters.size()) + " inputs");

  std::vector<std::optional<Tensor>> values(static_cast<size_t>(graph.num_values()));
  auto at = [&](ValueId id) -> std::optional<Tensor>& { return values[static_cast<size_t>(id)]; };
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ValueType expected = graph.value(parameters[i].value).type();
    if (inputs[i].type() != expected) {
      return BadInput("input is " + ToString(inputs[i].type()) + " but the graph takes " + ToString(expected),
                      parameters[i].name);
    }
    at(parameters[i].value) = inputs[i];
  }
  auto value_of = [&](ValueId id) { return graph.is_constant(id) ? graph.value(id).constant : at(id); };

  // A value is forgotten after its last reader, so that big graphs fit.
  const Graph::Uses uses = graph.ComputeUses();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = *graph.nodes[i];
    std::vector<std::optional<Tensor>> arguments;
    for (ValueId id : node.inputs) arguments.push_back(id == kNoValue ? std::nullopt : value_of(id));
    std::vector<ValueType> types;
    for (ValueId id : node.outputs) types.push_back(graph.value(id).type());
    auto results = EvaluateNode(node.op, arguments, types);
    if (!results.ok()) return Status(results.status()).Within(node.name);
    for (size_t j = 0; j < node.outputs.size(); ++j) at(node.outputs[j]) = std::move(results.value()[j]);
    for (ValueId id : node.inputs) {
      if (id == kNoValue || uses.is_output[static_cast<size_t>(id)]) continue;
      if (uses.readers[static_cast<size_t>(id)].back() == static_cast<int>(i)) at(id).reset();
    }
  }
  std::vector<Tensor> outputs;
  for (const GraphOutput& output : graph.outputs) {
    const auto value = value_of(output.value);
    if (!value) return Internal("graph output is never computed", output.name);
    outputs.push_back(*value);
  }
  return outputs;
}

}  // namespace vitrt::convert
