// Walks the nodes of an ONNX graph in topological order and lets the operator table append canonical nodes.
// `If` with a constant condition and model-local functions are inlined here, because only here scopes are known.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "converters/graph/graph.h"
#include "converters/onnx/model.h"

namespace vitrt::convert::onnx_import {

// Names visible in one graph; a branch of an `If` also sees those of the graph around it.
struct Scope {
  std::map<std::string, ValueId> values;
  std::map<std::string, std::string> unusable;  // known names without a value -> reason
  std::set<std::string> poisoned;               // outputs of nodes that could not be imported
  const Scope* around = nullptr;
  const Opsets* opsets = nullptr;
};

class Interpreter {
 public:
  Interpreter(const SourceModel& model, Graph& graph, std::vector<std::string>& warnings)
      : model_(model), graph_(graph), warnings_(warnings) {}

  // Imports the nodes of `source` that its outputs need; its initializers and whatever the caller put into `scope` are
  // visible to them. A node that is not supported does not end the walk: it is noted in unsupported().
  Status Run(const SourceGraph& source, Scope& scope);
  // One line per node: "operator (domain) 'name': reason".
  const std::vector<std::string>& unsupported() const { return unsupported_; }

 private:
  Status RunNodes(const std::vector<SourceNode>& nodes, const std::vector<std::string>& outputs, Scope& scope);
  Status RunNode(const SourceNode& node, Scope& scope);
  Status Dispatch(const SourceNode& node, std::vector<ValueId> inputs, Scope& scope, std::vector<ValueId>& outputs);
  Status InlineIf(const SourceNode& node, const std::vector<ValueId>& inputs, Scope& scope,
                  std::vector<ValueId>& outputs);
  Status InlineFunction(const SourceNode& node, const SourceFunction& function, const std::vector<ValueId>& inputs,
                        std::vector<ValueId>& outputs);

  const SourceModel& model_;
  Graph& graph_;
  std::vector<std::string>& warnings_;
  std::vector<std::string> unsupported_;
  int depth_ = 0;        // of inlined functions and branches
  int64_t visited_ = 0;  // nodes, inlined ones each time
};

}  // namespace vitrt::convert::onnx_import
