#include "converters/plan_form.h"

#include <algorithm>

namespace vitrt::convert {
namespace {

// Why `node` has no plan form; empty if it has.
std::string ErrorOf(const Graph& graph, const Node& node) {
  for (ValueId v : node.outputs) {
    const Shape& shape = graph.value(v).shape;
    if (std::any_of(shape.begin(), shape.end(), [](int64_t d) { return d < 1; }))
      return "an empty result " + ToString(shape);
    if (shape.size() > 8) return "more than 8 axes";
  }
  const auto several_images = [&] {
    const Shape& shape = graph.value(node.inputs[0]).shape;
    return shape.size() != 4 || shape[0] != 1;
  };
  const auto constant = [&](size_t i) {
    return i >= node.inputs.size() || node.inputs[i] == kNoValue || graph.is_constant(node.inputs[i]);
  };
  switch (node.op.type) {
    case plan::Op::Linear:
    case plan::Op::LinearI8:
      return constant(1) ? "" : "a weight that is computed";
    case plan::Op::Conv2d:
      if (!node.op.AsConv2d()->channels_last) return "a convolution that is not channels-last";
      if (several_images()) return "a convolution of several maps";
      return constant(1) ? "" : "a weight that is computed";
    case plan::Op::ConvI8:
      if (several_images()) return "a convolution of several maps";
      return constant(1) ? "" : "a weight that is computed";
    case plan::Op::ConvTranspose2d:
      if (several_images()) return "a convolution of several maps";
      return node.op.AsConvTranspose2d()->channels_last ? "" : "a convolution that is not channels-last";
    case plan::Op::Pool2d:
      if (several_images()) return "a pool of several maps";
      return node.op.AsPool2d()->channels_last ? "" : "a pool that is not channels-last";
    case plan::Op::Reduce:
      return graph.value(node.inputs[0]).dtype != DType::Bool ? "" : "a reduction of bools";
    default:
      return "";
  }
}

}  // namespace

Status CheckPlanForm(const Graph& graph) {
  std::vector<std::string> errors;
  if (graph.input == kNoValue) {
    errors.push_back("the model has no image input");
  } else if (const Value& input = graph.value(graph.input);
             input.shape.size() != 4 || input.shape[0] != 1 || input.dtype != DType::F32) {
    errors.push_back("input '" + graph.input_name + "' is " + ToString(input.type()) +
                     ", not an fp32 image [1, c, h, w]");
  }
  for (const auto& node : graph.nodes) {
    const std::string error = ErrorOf(graph, *node);
    if (!error.empty())
      errors.push_back(std::string(plan::EnumNameOp(node->op.type)) + " '" + node->name + "': " + error);
  }
  for (const GraphOutput& output : graph.outputs) {
    if (graph.is_constant(output.value)) errors.push_back("output '" + output.name + "' does not depend on the input");
    if (output.value == graph.input) errors.push_back("output '" + output.name + "' is the input");
  }
  if (errors.empty()) return {};
  std::string all;
  for (const std::string& error : errors) all += (all.empty() ? "" : "\n") + error;
  return Unsupported(std::to_string(errors.size()) + (errors.size() == 1 ? " part" : " parts") +
                         " of the model cannot be part of a plan",
                     graph.name, all);
}

}  // namespace vitrt::convert
