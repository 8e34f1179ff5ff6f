// Readable text of a graph:
//   graph vit: input image F32[1, 3, 8, 8]
//   %5 F32[1, 4, 16] = Softmax(%3) axis=2 "blocks.0/Softmax"
//   output logits = %9 F32[1, 10]
// Attributes are printed by FlatBuffers' reflection, so a new field of plan.fbs needs nothing here.
#include <flatbuffers/minireflect.h>

#include "converters/graph/graph.h"

namespace vitrt::convert {
namespace {

std::string Attributes(const plan::OpUnion& op) {
  flatbuffers::FlatBufferBuilder builder;
  const flatbuffers::TypeTable* table = plan::OpTypeTable()->type_refs[static_cast<int>(op.type) - 1]();
  builder.Finish(flatbuffers::Offset<flatbuffers::Table>(op.Pack(builder).o));
  flatbuffers::ToStringVisitor visitor(" ", false, "", false);
  flatbuffers::IterateFlatBuffer(builder.GetBufferPointer(), table, &visitor);
  return visitor.s == "{  }" || visitor.s == "{ }" ? std::string() : std::string(" ").append(visitor.s);
}

std::string Ref(const Graph& graph, ValueId id) {
  if (id == kNoValue) return "-";
  std::string text("%");
  text.append(std::to_string(id));
  if (graph.is_constant(id)) text.append(":").append(ToString(graph.value(id).type()));
  return text;
}

}  // namespace

std::string ToText(const Graph& graph, const Node& node) {
  std::string text;
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    text.append(i ? ", %" : "%").append(std::to_string(node.outputs[i])).append(" ");
    text.append(ToString(graph.value(node.outputs[i]).type()));
  }
  text += std::string(" = ") + plan::EnumNameOp(node.op.type) + "(";
  for (size_t i = 0; i < node.inputs.size(); ++i) text.append(i ? ", " : "").append(Ref(graph, node.inputs[i]));
  return text + ")" + Attributes(node.op) + " \"" + node.name + "\"";
}

std::string ToText(const Graph& graph) {
  std::string text = "graph " + graph.name + "\n";
  auto input = [&](const std::string& name, ValueId id) {
    text += "input " + name + " = " + Ref(graph, id) + " " + ToString(graph.value(id).type()) + "\n";
  };
  if (graph.input != kNoValue) input(graph.input_name, graph.input);
  for (const NamedValue& free_input : graph.free_inputs) input(free_input.name, free_input.value);
  for (const auto& node : graph.nodes) text += ToText(graph, *node) + "\n";
  for (const GraphOutput& output : graph.outputs) {
    text += "output " + output.name + " = " + Ref(graph, output.value) + " " +
            ToString(graph.value(output.value).type()) + "\n";
  }
  return text;
}

}  // namespace vitrt::convert
