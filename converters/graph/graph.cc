#include "converters/graph/graph.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::convert {

ValueId Graph::AddValue(std::string value_name, DType dtype, Shape shape) {
  values_.push_back({std::move(value_name), dtype, std::move(shape), std::nullopt});
  return num_values() - 1;
}

ValueId Graph::AddConstant(std::string value_name, Tensor tensor) {
  const ValueId id = AddValue(std::move(value_name), tensor.dtype, tensor.shape);
  value(id).constant = std::move(tensor);
  return id;
}

Result<Node*> Graph::AppendNode(plan::OpUnion op, std::vector<ValueId> inputs, std::string node_name,
                                const std::optional<ValueType>& declared) {
  auto types = InferTypes(*this, op, inputs, declared);
  if (!types.ok()) return Status(types.status()).Within(node_name);
  auto node = std::make_unique<Node>(Node{std::move(op), std::move(node_name), std::move(inputs), {}});
  for (ValueType& type : types.value())
    node->outputs.push_back(AddValue(node->name, type.dtype, std::move(type.shape)));
  nodes.push_back(std::move(node));
  return nodes.back().get();
}

Result<ValueId> Graph::AppendUnion(plan::OpUnion op, std::vector<ValueId> inputs, std::string node_name,
                                   const std::optional<ValueType>& declared) {
  VITRT_ASSIGN_OR_RETURN(Node * node, AppendNode(std::move(op), std::move(inputs), std::move(node_name), declared));
  return node->outputs[0];
}

Result<std::vector<ValueType>> InferTypes(const Graph& graph, const plan::OpUnion& op,
                                          const std::vector<ValueId>& inputs,
                                          const std::optional<ValueType>& declared) {
  std::vector<std::optional<ValueType>> types;
  types.reserve(inputs.size());
  for (ValueId id : inputs) types.push_back(id == kNoValue ? std::nullopt : std::optional(graph.value(id).type()));
  return plan::InferOpTypes(op, types, declared);
}

Graph::Uses Graph::ComputeUses() const {
  const size_t n = values_.size();
  Uses uses{std::vector<int>(n, -1), std::vector<std::vector<int>>(n), std::vector<bool>(n)};
  for (size_t i = 0; i < nodes.size(); ++i) {
    const int index = static_cast<int>(i);
    for (ValueId id : nodes[i]->outputs) uses.producer[static_cast<size_t>(id)] = index;
    for (ValueId id : nodes[i]->inputs) {
      if (id == kNoValue) continue;
      std::vector<int>& readers = uses.readers[static_cast<size_t>(id)];
      if (readers.empty() || readers.back() != index) readers.push_back(index);
    }
  }
  for (const GraphOutput& output : outputs) uses.is_output[static_cast<size_t>(output.value)] = true;
  return uses;
}

int Graph::RemoveDead() {
  std::vector<bool> needed(values_.size());
  for (const GraphOutput& output : outputs) needed[static_cast<size_t>(output.value)] = true;
  // Backwards: topological order makes one sweep enough.
  std::vector<std::unique_ptr<Node>> kept;
  for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
    Node& node = **it;
    if (std::none_of(node.outputs.begin(), node.outputs.end(),
                     [&](ValueId id) { return needed[static_cast<size_t>(id)]; }))
      continue;
    for (ValueId id : node.inputs) {
      if (id != kNoValue) needed[static_cast<size_t>(id)] = true;
    }
    kept.push_back(std::move(*it));
  }
  std::reverse(kept.begin(), kept.end());
  const int removed = static_cast<int>(nodes.size() - kept.size());
  nodes = std::move(kept);
  for (size_t i = 0; i < values_.size(); ++i) {
    if (!needed[i]) values_[i].constant.reset();
  }
  return removed;
}

}  // namespace vitrt::convert
