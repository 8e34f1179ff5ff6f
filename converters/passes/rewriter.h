// What every pass works with: a graph whose producers and readers stay known while nodes are added and replaced.
//
//   Rewriter r(&graph);
//   for (Node* node : r.Nodes()) {
//     if (r.dead(node) || !node->op.AsUnary()) continue;
//     VITRT_ASSIGN_OR_RETURN(ValueId y, r.Add(ops::Softmax(-1), {node->inputs[0]}, *node));
//     r.Replace(node->outputs[0], y);
//   }
//   return r.Finish();
//
// A node whose outputs have no reader left is dead at once: it is no longer a reader of its inputs. Finish()
// drops the dead, puts new nodes where the nodes they replaced were and restores topological order.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "converters/graph/graph.h"
#include "converters/graph/ops.h"

namespace vitrt::convert {

class Rewriter {
 public:
  explicit Rewriter(Graph* graph);

  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  Shape shape(ValueId v) const { return graph_.value(v).shape; }  // a copy: new nodes move the values
  DType dtype(ValueId v) const { return graph_.value(v).dtype; }

  // The node that makes `v`; nullptr for inputs, constants and absent values.
  Node* producer(ValueId v) const { return v == kNoValue ? nullptr : producer_[static_cast<size_t>(v)]; }
  // The live nodes that read `v`, each once.
  const std::vector<Node*>& readers(ValueId v) const { return readers_[static_cast<size_t>(v)]; }
  bool is_output(ValueId v) const;
  // `v` is read by one node and is no output of the graph, so it may change its meaning.
  bool read_once(ValueId v) const { return readers(v).size() == 1 && !is_output(v); }
  bool dead(const Node* node) const { return dead_.count(node) != 0; }

  // The nodes alive now, in order; nodes added later are not in it.
  std::vector<Node*> Nodes() const;

  // A new node with one output, placed where `at` is and named like it. Of constants it is computed at once: the result
  // is a constant, so weights are transformed with the ops of the graph.
  template <typename OpT>
  Result<ValueId> Add(OpT op, std::vector<ValueId> inputs, const Node& at,
                      const std::optional<ValueType>& declared = {}) {
    plan::OpUnion u;
    u.Set(std::move(op));
    return AddUnion(std::move(u), std::move(inputs), at, declared);
  }
  Result<ValueId> AddUnion(plan::OpUnion op, std::vector<ValueId> inputs, const Node& at,
                           const std::optional<ValueType>& declared = {});
  // The same, but never computed at once.
  Result<ValueId> AddUnfolded(plan::OpUnion op, std::vector<ValueId> inputs, const Node& at,
                              const std::optional<ValueType>& declared = {});
  // `v` under another shape of as many elements; `v` itself where the shape is the same, a constant where `v` is one.
  Result<ValueId> AddReshape(ValueId v, Shape shape, const Node& at);
  ValueId AddConstant(Tensor tensor, const std::string& name);

  // Every reader of `from` (nodes and graph outputs) reads `to` instead. One change.
  void Replace(ValueId from, ValueId to);
  void SetInput(Node* node, size_t index, ValueId to);

  int changes() const { return changes_; }
  Result<int> Finish();  // number of changes

 private:
  struct Place {
    size_t position;
    size_t sequence;
  };
  void Grow();
  void AddReader(ValueId v, Node* node);
  void RemoveReader(ValueId v, Node* node);
  void KillIfUnread(Node* node);

  Graph& graph_;
  std::vector<Node*> producer_;
  std::vector<std::vector<Node*>> readers_;
  std::unordered_map<const Node*, Place> place_;  // also of the dead: a new node may stand where one was
  std::unordered_set<const Node*> dead_;
  size_t sequence_ = 0;
  int changes_ = 0;
};

// A rule looks at one live node and gives the value to read instead of the node's first output, or kNoValue to let it
// be.
using RewriteRule = std::function<Result<ValueId>(Rewriter&, Node&)>;

// Applies the rule to every node, again and again until a round changes nothing. Returns the number of changes.
Result<int> RewriteToFixpoint(Graph* graph, const RewriteRule& rule);

}  // namespace vitrt::convert
