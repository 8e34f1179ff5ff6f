#include "converters/passes/rewriter.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace vitrt::convert {

Rewriter::Rewriter(Graph* graph) : graph_(*graph) {
  Grow();
  for (auto& node : graph_.nodes) {
    place_[node.get()] = {sequence_, sequence_};
    ++sequence_;
    for (ValueId v : node->outputs) producer_[static_cast<size_t>(v)] = node.get();
    for (ValueId v : node->inputs) AddReader(v, node.get());
  }
}

void Rewriter::Grow() {
  producer_.resize(static_cast<size_t>(graph_.num_values()), nullptr);
  readers_.resize(static_cast<size_t>(graph_.num_values()));
}

bool Rewriter::is_output(ValueId v) const {
  return std::any_of(graph_.outputs.begin(), graph_.outputs.end(), [&](const GraphOutput& o) { return o.value == v; });
}

std::vector<Node*> Rewriter::Nodes() const {
  std::vector<Node*> nodes;
  for (auto& node : graph_.nodes) {
    if (!dead(node.get())) nodes.push_back(node.get());
  }
  return nodes;
}

void Rewriter::AddReader(ValueId v, Node* node) {
  if (v == kNoValue) return;
  auto& readers = readers_[static_cast<size_t>(v)];
  if (std::find(readers.begin(), readers.end(), node) == readers.end()) readers.push_back(node);
}

void Rewriter::RemoveReader(ValueId v, Node* node) {
  if (v == kNoValue) return;
  auto& readers = readers_[static_cast<size_t>(v)];
  readers.erase(std::remove(readers.begin(), readers.end(), node), readers.end());
}

void Rewriter::KillIfUnread(Node* node) {
  std::vector<Node*> suspects = {node};
  while (!suspects.empty()) {
    Node* suspect = suspects.back();
    suspects.pop_back();
    if (suspect == nullptr || dead(suspect)) continue;
    if (std::any_of(suspect->outputs.begin(), suspect->outputs.end(),
                    [&](ValueId v) { return !readers(v).empty() || is_output(v); }))
      continue;
    dead_.insert(suspect);
    for (ValueId v : suspect->inputs) {
      RemoveReader(v, suspect);
      suspects.push_back(producer(v));
    }
  }
}

Result<ValueId> Rewriter::AddUnion(plan::OpUnion op, std::vector<ValueId> inputs, const Node& at,
                                   const std::optional<ValueType>& declared) {
  const bool folds = !inputs.empty() && std::all_of(inputs.begin(), inputs.end(),
                                                    [&](ValueId v) { return v == kNoValue || graph_.is_constant(v); });
  if (folds) {
    VITRT_ASSIGN_OR_RETURN(const std::vector<ValueType> types, InferTypes(graph_, op, inputs, declared));
    std::vector<std::optional<Tensor>> operands;
    operands.reserve(inputs.size());
    for (ValueId v : inputs) operands.push_back(v == kNoValue ? std::nullopt : std::optional(graph_.constant(v)));
    VITRT_ASSIGN_OR_RETURN(const std::vector<Tensor> results, EvaluateNode(op, operands, types));
    return AddConstant(results[0], at.name);
  }
  return AddUnfolded(std::move(op), std::move(inputs), at, declared);
}

Result<ValueId> Rewriter::AddUnfolded(plan::OpUnion op, std::vector<ValueId> inputs, const Node& at,
                                      const std::optional<ValueType>& declared) {
  const Place where = place_.at(&at);
  VITRT_ASSIGN_OR_RETURN(Node * node, graph_.AppendNode(std::move(op), std::move(inputs), at.name, declared));
  Grow();
  place_[node] = {where.position, sequence_++};
  for (ValueId v : node->outputs) producer_[static_cast<size_t>(v)] = node;
  for (ValueId v : node->inputs) AddReader(v, node);
  return node->outputs[0];
}

ValueId Rewriter::AddConstant(Tensor tensor, const std::string& name) {
  const ValueId v = graph_.AddConstant(name, std::move(tensor));
  Grow();
  return v;
}

Result<ValueId> Rewriter::AddReshape(ValueId v, Shape new_shape, const Node& at) {
  if (shape(v) == new_shape) return v;
  if (graph_.is_constant(v))
    return AddConstant(graph_.constant(v).Reshaped(std::move(new_shape)), graph_.value(v).name);
  return Add(plan::ReshapeT{}, {v}, at, ValueType{dtype(v), std::move(new_shape)});
}

void Rewriter::Replace(ValueId from, ValueId to) {
  ++changes_;
  for (Node* node : std::vector<Node*>(readers(from))) {
    std::replace(node->inputs.begin(), node->inputs.end(), from, to);
    AddReader(to, node);
  }
  readers_[static_cast<size_t>(from)].clear();
  for (GraphOutput& output : graph_.outputs) {
    if (output.value == from) output.value = to;
  }
  if (Node* node = producer(from)) KillIfUnread(node);
}

void Rewriter::SetInput(Node* node, size_t index, ValueId to) {
  ++changes_;
  const ValueId from = node->inputs[index];
  node->inputs[index] = to;
  AddReader(to, node);
  if (from == kNoValue || std::find(node->inputs.begin(), node->inputs.end(), from) != node->inputs.end()) return;
  RemoveReader(from, node);
  if (Node* maker = producer(from)) KillIfUnread(maker);
}

Result<int> Rewriter::Finish() {
  // New nodes at the places they were given, then depth first: each node right after the last of its inputs it waits
  // for.
  std::unordered_map<const Node*, std::unique_ptr<Node>> owned;
  std::vector<Node*> wanted;
  for (auto& node : graph_.nodes) {
    if (dead(node.get())) continue;
    wanted.push_back(node.get());
    owned[node.get()] = std::move(node);
  }
  graph_.nodes.clear();
  std::stable_sort(wanted.begin(), wanted.end(), [&](const Node* a, const Node* b) {
    const Place &p = place_.at(a), &q = place_.at(b);
    return p.position != q.position ? p.position < q.position : p.sequence < q.sequence;
  });
  std::vector<Node*> stack;
  for (Node* root : wanted) {
    stack.push_back(root);
    while (!stack.empty()) {
      if (stack.size() > 2 * owned.size() + 2) return Internal("the graph has a cycle", root->name);
      Node* node = stack.back();
      if (owned.at(node) == nullptr) {
        stack.pop_back();
        continue;
      }
      Node* waits_for = nullptr;
      for (ValueId v : node->inputs) {
        Node* maker = producer(v);
        if (maker != nullptr && owned.at(maker) != nullptr) {
          waits_for = maker;
          break;
        }
      }
      if (waits_for != nullptr) {
        stack.push_back(waits_for);
        continue;
      }
      stack.pop_back();
      graph_.nodes.push_back(std::move(owned.at(node)));
    }
  }
  graph_.RemoveDead();
  return changes_;
}

Result<int> RewriteToFixpoint(Graph* graph, const RewriteRule& rule) {
  Rewriter r(graph);
  for (int before = -1; before != r.changes();) {
    before = r.changes();
    for (Node* node : r.Nodes()) {
      if (r.dead(node)) continue;
      VITRT_ASSIGN_OR_RETURN(const ValueId y, rule(r, *node));
      if (y != kNoValue) r.Replace(node->outputs[0], y);
    }
  }
  return r.Finish();
}

}  // namespace vitrt::convert
