#include "converters/onnx/interpreter.h"

#include <algorithm>

#include "converters/onnx/fold.h"
#include "converters/onnx/node_context.h"
#include "converters/onnx/op_table.h"
#include "converters/onnx/sort_nodes.h"
#include "runtime/base/check.h"

namespace vitrt::convert::onnx_import {
namespace {

constexpr int kMaxDepth = 32;
constexpr int64_t kMaxNodes = 1'000'000;  // against functions that call functions that call functions

// kNotFound: no such name. kPoisoned: known, but its producer could not be imported.
constexpr ValueId kNotFound = -2, kPoisoned = -3;

Result<ValueId> Find(const Scope& scope, const std::string& name) {
  for (const Scope* s = &scope; s; s = s->around) {
    if (const auto it = s->values.find(name); it != s->values.end()) return it->second;
    if (s->poisoned.count(name)) return kPoisoned;
    if (const auto it = s->unusable.find(name); it != s->unusable.end())
      return Unsupported("value '" + name + "': " + it->second);
  }
  return kNotFound;
}

std::string Line(const SourceNode& node, const std::string& reason) {
  const std::string& label = !node.name.empty() || node.outputs.empty() ? node.name : node.outputs[0];
  return node.op_type + " (" + (node.domain.empty() ? "ai.onnx" : node.domain) + ") '" + label + "': " + reason;
}

std::string UnknownDomain(const std::string& domain) {
  const bool optimized = domain.rfind("com.microsoft", 0) == 0 || domain.rfind("com.ms.internal", 0) == 0;
  return std::string("operators of this domain are not known") +
         (optimized ? "; ONNX Runtime makes such fused or NHWC nodes when it optimizes: convert the model as exported"
                    : "");
}

// The node with the attributes that refer to attributes of a function call replaced by those of the call; one that the
// call does not give is left out, so that its default holds.
SourceNode Resolve(const SourceNode& node, const SourceNode& call) {
  SourceNode resolved = node;
  resolved.name = call.name.empty() ? node.name : call.name + "/" + node.name;
  for (auto it = resolved.attributes.begin(); it != resolved.attributes.end();) {
    if (it->second.kind != Attribute::Kind::kReference) {
      if (it->second.graph) {
        auto branch = std::make_shared<SourceGraph>(*it->second.graph);
        for (SourceNode& inner : branch->nodes) inner = Resolve(inner, call);
        it->second.graph = std::move(branch);
      }
      ++it;
      continue;
    }
    const auto given = call.attributes.find(it->second.s);
    if (given == call.attributes.end()) {
      it = resolved.attributes.erase(it);
    } else {
      (it++)->second = given->second;
    }
  }
  return resolved;
}

}  // namespace

bool Interpreter::quantised() const {
  return std::any_of(narrow_.begin(), narrow_.end(), [](const auto& v) { return v.second.floats != kNoValue; });
}

Status Interpreter::Run(const SourceGraph& source, Scope& scope) {
  for (const auto& [name, data] : source.initializers) {
    if (scope.values.count(name)) return BadPlan("initializer and another value have one name", name);
    if (data.tensor) {
      scope.values[name] = graph_.AddConstant(name, *data.tensor);
      NoteType(scope.values[name], data.element_type);
    } else {
      scope.unusable[name] = data.problem;
    }
  }
  return RunNodes(source.nodes, source.outputs, scope);
}

Result<std::vector<ValueId>> Interpreter::Outputs(const SourceGraph& source, const Scope& scope) const {
  std::vector<ValueId> outputs;
  bool poisoned = false;
  for (const std::string& name : source.outputs) {
    VITRT_ASSIGN_OR_RETURN(const ValueId id, Find(scope, name));
    if (id == kNotFound || id == kNoValue) return BadPlan("output '" + name + "' is never computed");
    poisoned |= id == kPoisoned;
    outputs.push_back(id);
  }
  if (!poisoned) return outputs;
  const size_t count = unsupported_.size();
  std::string text = std::to_string(count) + (count == 1 ? " node is" : " nodes are") + " not supported:";
  for (const std::string& line : unsupported_) text += "\n  " + line;
  return Unsupported(text);
}

Status Interpreter::RunNodes(const std::vector<SourceNode>& nodes, const std::vector<std::string>& wanted,
                             Scope& scope) {
  for (const SourceNode& node : nodes) {  // also those that nothing needs: a name has one meaning
    for (const std::string& name : node.outputs) {
      if (!name.empty() && scope.values.count(name))
        return BadPlan("two values have the name '" + name + "'", node.Describe());
    }
  }
  VITRT_ASSIGN_OR_RETURN(const std::vector<const SourceNode*> order, SortNodes(nodes, wanted));
  for (const SourceNode* node : order) {
    if (++visited_ > kMaxNodes) return BadPlan("the model has more than " + std::to_string(kMaxNodes) + " nodes");
    Status status = RunNode(*node, scope);
    if (!status.ok()) return std::move(status).Within(node->Describe());
  }
  return {};
}

Status Interpreter::RunNode(const SourceNode& node, Scope& scope) {
  std::vector<ValueId> inputs;
  Status problem;
  bool poisoned = false;
  for (const std::string& name : node.inputs) {
    if (name.empty()) {
      inputs.push_back(kNoValue);
      continue;
    }
    auto id = Find(scope, name);
    if (!id.ok()) problem = id.status();
    if (id.ok() && *id == kNotFound) return BadPlan("reads '" + name + "', which nothing produces");
    poisoned |= id.ok() && *id == kPoisoned;
    inputs.push_back(id.ok() ? *id : kNoValue);
  }
  std::vector<ValueId> outputs(node.outputs.size(), kNoValue);
  if (poisoned) {
    // Behind an unsupported node shapes are unknown; only whether the operator exists can still be said.
    const bool local =
        model_.functions.count({node.domain, node.op_type}) > 0 || (node.domain.empty() && node.op_type == "If");
    const auto opset = scope.opsets->find(node.domain);
    if (!local && node.domain.empty())
      problem = FindOp(node.op_type, opset == scope.opsets->end() ? 1 : opset->second).status();
    if (!local && !node.domain.empty()) problem = Unsupported(UnknownDomain(node.domain));
  } else if (problem.ok()) {
    problem = Dispatch(node, std::move(inputs), scope, outputs);
  }
  if (!problem.ok() && problem.code() != StatusCode::kUnsupported) return problem;
  if (!problem.ok()) unsupported_.push_back(Line(node, problem.ToString()));
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const std::string& name = node.outputs[i];
    if (name.empty()) continue;
    if (scope.values.count(name) || scope.poisoned.count(name))
      return BadPlan("two values have the name '" + name + "'");
    if (poisoned || !problem.ok() || outputs[i] == kPoisoned) {
      scope.poisoned.insert(name);
    } else if (outputs[i] == kNoValue) {  // an error only if somebody reads it
      scope.unusable[name] = "output " + std::to_string(i) + " of " + node.Describe() + " is not supported";
    } else {
      scope.values[name] = outputs[i];
    }
  }
  return {};
}

Status Interpreter::Dispatch(const SourceNode& node, std::vector<ValueId> inputs, Scope& scope,
                             std::vector<ValueId>& outputs) {
  if (const auto function = model_.functions.find({node.domain, node.op_type}); function != model_.functions.end()) {
    return InlineFunction(node, function->second, inputs, outputs);
  }
  if (!node.domain.empty()) return Unsupported(UnknownDomain(node.domain));
  if (node.op_type == "If") return InlineIf(node, inputs, scope, outputs);
  const auto opset = scope.opsets->find("");
  if (opset == scope.opsets->end()) return BadPlan("the model names no opset for the domain ai.onnx");
  VITRT_ASSIGN_OR_RETURN(const Operator* row, FindOp(node.op_type, opset->second));
  const int first_new = graph_.num_values();
  NodeContext context(node, opset->second, std::move(inputs), {graph_, narrow_, warnings_});
  VITRT_RETURN_IF_ERROR(row->import(context));
  outputs = context.outputs();
  for (size_t i = 0; i < outputs.size(); ++i) {  // values are called what the model calls them
    if (outputs[i] >= first_new && !node.outputs[i].empty()) graph_.value(outputs[i]).name = node.outputs[i];
  }
  return {};
}

Status Interpreter::InlineIf(const SourceNode& node, const std::vector<ValueId>& inputs, Scope& scope,
                             std::vector<ValueId>& outputs) {
  if (inputs.size() != 1 || inputs[0] == kNoValue) return BadPlan("needs one input");
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> condition, ConstantOf(graph_, inputs[0]));
  if (!condition)
    return Unsupported("the condition is computed from the image; only constant conditions are supported");
  if (condition->dtype != DType::Bool || condition->size() != 1) return BadPlan("the condition must be one bool");
  const auto branch = node.attributes.find(condition->boolean()[0] ? "then_branch" : "else_branch");
  if (branch == node.attributes.end() || !branch->second.graph) return BadPlan("a branch is missing");
  if (depth_ >= kMaxDepth) return BadPlan("branches and functions are nested too deeply");
  Scope inner;
  inner.around = &scope;
  inner.opsets = scope.opsets;
  ++depth_;
  const Status status = Run(*branch->second.graph, inner);
  --depth_;
  VITRT_RETURN_IF_ERROR(status);
  const auto& names = branch->second.graph->outputs;
  for (size_t i = 0; i < outputs.size() && i < names.size(); ++i) {
    VITRT_ASSIGN_OR_RETURN(const ValueId id, Find(inner, names[i]));
    if (id == kNotFound) return BadPlan("branch output '" + names[i] + "' is never computed");
    outputs[i] = id;
  }
  return {};
}

Status Interpreter::InlineFunction(const SourceNode& node, const SourceFunction& function,
                                   const std::vector<ValueId>& inputs, std::vector<ValueId>& outputs) {
  if (depth_ >= kMaxDepth) return BadPlan("branches and functions are nested too deeply");
  if (inputs.size() > function.inputs.size()) return BadPlan("the function takes fewer inputs");
  Scope inner;
  inner.opsets = &function.opsets;
  for (size_t i = 0; i < function.inputs.size(); ++i)
    inner.values[function.inputs[i]] = i < inputs.size() ? inputs[i] : kNoValue;
  std::vector<SourceNode> body;
  for (const SourceNode& n : function.nodes) body.push_back(Resolve(n, node));
  ++depth_;
  const Status status = RunNodes(body, function.outputs, inner);
  --depth_;
  VITRT_RETURN_IF_ERROR(status);
  for (size_t i = 0; i < outputs.size() && i < function.outputs.size(); ++i) {
    VITRT_ASSIGN_OR_RETURN(const ValueId id, Find(inner, function.outputs[i]));
    if (id == kNotFound) return BadPlan("function output '" + function.outputs[i] + "' is never computed");
    outputs[i] = id;
  }
  return {};
}

}  // namespace vitrt::convert::onnx_import
