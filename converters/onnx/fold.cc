#include "converters/onnx/fold.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace vitrt::convert::onnx_import {
namespace {

constexpr int64_t kFewFloats = 1024;
constexpr int64_t kMaxConstantElements = int64_t{1} << 28;

Status Evaluate(Graph& graph, const Node& node) {
  std::vector<std::optional<Tensor>> inputs;
  for (ValueId id : node.inputs) inputs.push_back(id == kNoValue ? std::nullopt : graph.value(id).constant);
  std::vector<ValueType> types;
  for (ValueId id : node.outputs) {
    types.push_back(graph.value(id).type());
    VITRT_RETURN_IF_ERROR(CheckConstantSize(types.back().shape));
  }
  VITRT_ASSIGN_OR_RETURN(std::vector<Tensor> results, EvaluateNode(node.op, inputs, types));
  for (size_t i = 0; i < results.size(); ++i) graph.value(node.outputs[i]).constant = std::move(results[i]);
  return {};
}

bool IsShapeLike(const Value& value) { return value.dtype != DType::F32 || NumElements(value.shape) <= kFewFloats; }

}  // namespace

Status CheckConstantSize(const Shape& shape) {
  VITRT_RETURN_IF_ERROR(CheckShape(shape));
  if (NumElements(shape) <= kMaxConstantElements) return {};
  return BadPlan("a constant of shape " + ToString(shape) + " would have to be computed");
}

Status FoldIfShapeLike(Graph& graph) {
  const Node& node = *graph.nodes.back();
  auto constant = [&](ValueId id) { return id == kNoValue || graph.is_constant(id); };
  if (!std::all_of(node.inputs.begin(), node.inputs.end(), constant)) return {};
  if (!std::all_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) { return IsShapeLike(graph.value(id)); }))
    return {};
  VITRT_RETURN_IF_ERROR(Evaluate(graph, node));
  graph.nodes.pop_back();
  return {};
}

Result<std::optional<Tensor>> ConstantOf(Graph& graph, ValueId id) {
  if (graph.is_constant(id)) return graph.value(id).constant;
  // Walk back from the last node: needed producers come in reverse topological order.
  std::vector<bool> needed(static_cast<size_t>(graph.num_values()));
  std::vector<size_t> producers;
  needed[static_cast<size_t>(id)] = true;
  size_t missing = 1;  // needed values whose producer is not found yet
  for (size_t i = graph.nodes.size(); i-- > 0 && missing > 0;) {
    const Node& node = *graph.nodes[i];
    const auto wanted = std::count_if(node.outputs.begin(), node.outputs.end(),
                                      [&](ValueId out) { return needed[static_cast<size_t>(out)]; });
    if (wanted == 0) continue;
    missing -= static_cast<size_t>(wanted);
    producers.push_back(i);
    for (ValueId in : node.inputs) {
      if (in == kNoValue || graph.is_constant(in) || needed[static_cast<size_t>(in)]) continue;
      needed[static_cast<size_t>(in)] = true;
      ++missing;
    }
  }
  if (missing > 0) return std::optional<Tensor>();  // an input of the graph
  std::reverse(producers.begin(), producers.end());
  for (size_t i : producers) VITRT_RETURN_IF_ERROR(Evaluate(graph, *graph.nodes[i]));
  for (auto it = producers.rbegin(); it != producers.rend(); ++it) {
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(*it));
  }
  return graph.value(id).constant;
}

}  // namespace vitrt::convert::onnx_import
