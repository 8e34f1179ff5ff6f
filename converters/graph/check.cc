// CheckGraph: the invariants of graph.h, one pass over the nodes.
#include "runtime/base/check.h"

#include <set>

#include "converters/graph/graph.h"

namespace vitrt::convert {
namespace {

std::string Where(const Graph& graph, size_t index) {
  const Node& node = *graph.nodes[index];
  return "node " + std::to_string(index) + " " + plan::EnumNameOp(node.op.type) + " '" + node.name + "'";
}

Status CheckConstant(const Value& value) {
  const Tensor& tensor = *value.constant;
  if (tensor.type() != value.type()) return Internal("constant differs from the type of its value", value.name);
  if (!tensor.bytes || tensor.bytes->size() != static_cast<size_t>(tensor.size() * SizeOf(tensor.dtype))) {
    return Internal("constant has the wrong number of bytes", value.name);
  }
  return {};
}

Status CheckNode(const Graph& graph, const Node& node, std::vector<bool>& defined) {
  auto exists = [&](ValueId id) { return id >= 0 && id < graph.num_values(); };
  for (ValueId id : node.inputs) {
    if (id == kNoValue) continue;
    if (!exists(id)) return Internal("reads value " + std::to_string(id) + ", which does not exist");
    if (!defined[static_cast<size_t>(id)])
      return Internal("reads '" + graph.value(id).name + "' before it is computed");
  }
  for (ValueId id : node.outputs) {
    if (!exists(id)) return Internal("writes value " + std::to_string(id) + ", which does not exist");
    if (defined[static_cast<size_t>(id)])
      return Internal("writes '" + graph.value(id).name + "', which is already defined");
    defined[static_cast<size_t>(id)] = true;
  }
  if (node.outputs.empty()) return Internal("has no output");
  VITRT_ASSIGN_OR_RETURN(const std::vector<ValueType> types,
                         InferTypes(graph, node.op, node.inputs, graph.value(node.outputs[0]).type()));
  if (types.size() != node.outputs.size()) return Internal("has the wrong number of outputs");
  for (size_t i = 0; i < types.size(); ++i) {
    const Value& output = graph.value(node.outputs[i]);
    if (types[i] != output.type()) {
      return Internal("output '" + output.name + "' is " + ToString(output.type()) + " but the op makes " +
                      ToString(types[i]));
    }
  }
  return {};
}

}  // namespace

Status CheckGraph(const Graph& graph) {
  std::vector<bool> defined(static_cast<size_t>(graph.num_values()));
  auto define_input = [&](ValueId id) -> Status {
    if (id < 0 || id >= graph.num_values()) return Internal("the graph's input does not exist");
    if (graph.is_constant(id)) return Internal("the graph's input is a constant");
    defined[static_cast<size_t>(id)] = true;
    return {};
  };
  for (ValueId id = 0; id < graph.num_values(); ++id) {
    if (!graph.is_constant(id)) continue;
    VITRT_RETURN_IF_ERROR(CheckConstant(graph.value(id)));
    defined[static_cast<size_t>(id)] = true;
  }
  if (graph.input != kNoValue) VITRT_RETURN_IF_ERROR(define_input(graph.input));
  for (const NamedValue& input : graph.free_inputs) VITRT_RETURN_IF_ERROR(define_input(input.value));
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Status status = CheckNode(graph, *graph.nodes[i], defined);
    if (!status.ok()) return Internal(status.ToString(), Where(graph, i));
  }
  std::set<std::string> names;
  for (const GraphOutput& output : graph.outputs) {
    if (output.value < 0 || output.value >= graph.num_values() || !defined[static_cast<size_t>(output.value)]) {
      return Internal("graph output is never computed", output.name);
    }
    if (!names.insert(output.name).second) return Internal("two graph outputs have one name", output.name);
  }
  return {};
}

}  // namespace vitrt::convert
