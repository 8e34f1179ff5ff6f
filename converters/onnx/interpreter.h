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

  // `id` is of that TensorProto.DataType in the model.
  void NoteType(ValueId id, int64_t onnx_type) {
    if (const auto narrow = NarrowRange(onnx_type)) narrow_[id] = *narrow;
  }
  // Whether some node rounds to 8- or 16-bit integers.
  bool quantised() const;
  // Imports the nodes of `source`; its initializers and whatever the caller put into `scope` are visible to them.
  // Nodes that no output needs are not looked at. One that is not supported does not end the walk: Outputs() tells.
  Status Run(const SourceGraph& source, Scope& scope);
  // The values of the outputs of `source`, after Run(). Errors: kUnsupported where one depends on a node that is not
  // supported, with a line for each of these: "operator (domain) 'name': reason"; kBadPlan where nothing computes it.
  Result<std::vector<ValueId>> Outputs(const SourceGraph& source, const Scope& scope) const;

 private:
  Status RunNodes(const std::vector<SourceNode>& nodes, const std::vector<std::string>& wanted, Scope& scope);
  Status RunNode(const SourceNode& node, Scope& scope);
  Status Dispatch(const SourceNode& node, std::vector<ValueId> inputs, Scope& scope, std::vector<ValueId>& outputs);
  Status InlineIf(const SourceNode& node, const std::vector<ValueId>& inputs, Scope& scope,
                  std::vector<ValueId>& outputs);
  Status InlineFunction(const SourceNode& node, const SourceFunction& function, const std::vector<ValueId>& inputs,
                        std::vector<ValueId>& outputs);

  const SourceModel& model_;
  Graph& graph_;
  std::vector<std::string>& warnings_;
  std::map<ValueId, NarrowIntegers> narrow_;
  std::vector<std::string> unsupported_;
  int depth_ = 0;        // of inlined functions and branches
  int64_t visited_ = 0;  // nodes, inlined ones each time
};

}  // namespace vitrt::convert::onnx_import
