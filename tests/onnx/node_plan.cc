#include "tests/onnx/node_plan.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "converters/graph/ops.h"
#include "converters/passes/pipeline.h"
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "runtime/base/check.h"
#include "runtime/plan/writer.h"
#include "vitrt/session.h"

namespace vitrt::test {
namespace {

using convert::DType;
using convert::Graph;
using convert::Shape;
using convert::Tensor;
using convert::ValueId;
using Tensors = std::vector<Tensor>;

// The arguments behind each other, as fp32.
Result<std::vector<float>> ImageOf(const Tensors& arguments) {
  std::vector<float> image;
  for (const Tensor& argument : arguments) {
    for (const double value : ToF64Vector(argument)) {
      image.push_back(static_cast<float>(value));
      if (argument.dtype != DType::F32 && static_cast<double>(image.back()) != value)
        return Unsupported("an integer input that fp32 does not hold");
    }
  }
  if (image.empty()) return Unsupported("no input is left to give: all are fixed");
  return image;
}

// `graph` with one input [1, 1, 1, elements] instead of its free ones.
Result<Graph> WithOneInput(const Graph& imported, int64_t elements) {
  Graph graph;
  graph.name = imported.name;
  std::vector<ValueId> now;  // by id in `imported`
  for (ValueId v = 0; v < imported.num_values(); ++v) {
    const convert::Value& value = imported.value(v);
    now.push_back(value.constant ? graph.AddConstant(value.name, *value.constant)
                                 : graph.AddValue(value.name, value.dtype, value.shape));
  }
  graph.input = graph.AddValue("image", DType::F32, {1, 1, 1, elements});
  graph.input_name = "image";
  int64_t at = 0;
  for (const convert::NamedValue& input : imported.free_inputs) {
    const convert::ValueType type = imported.value(input.value).type();
    const int64_t size = convert::NumElements(type.shape);
    const auto flat = convert::ValueType{DType::F32, {1, 1, 1, size}};
    VITRT_ASSIGN_OR_RETURN(ValueId v, graph.Append(convert::ops::Slice({0, 0, 0, at}, {1, 1, 1, 1}), {graph.input},
                                                   "cut " + input.name, flat));
    VITRT_ASSIGN_OR_RETURN(
        v, graph.Append(plan::ReshapeT{}, {v}, "shape " + input.name, convert::ValueType{DType::F32, type.shape}));
    if (type.dtype != DType::F32) {
      VITRT_ASSIGN_OR_RETURN(v, graph.Append(plan::CastT{}, {v}, "type " + input.name, type));
    }
    now[static_cast<size_t>(input.value)] = v;
    at += size;
  }
  const auto renamed = [&](std::vector<ValueId> values) {
    for (ValueId& v : values) v = v == convert::kNoValue ? v : now[static_cast<size_t>(v)];
    return values;
  };
  for (const auto& node : imported.nodes) {
    auto copy = std::make_unique<convert::Node>(*node);
    copy->inputs = renamed(node->inputs);
    copy->outputs = renamed(node->outputs);
    graph.nodes.push_back(std::move(copy));
  }
  for (const convert::GraphOutput& output : imported.outputs)
    graph.outputs.push_back({output.name, now[static_cast<size_t>(output.value)]});
  // Outputs may be parts of the input; a plan has to compute something beside them.
  VITRT_ASSIGN_OR_RETURN(const ValueId computed,
                         graph.Append(convert::ops::Unary(plan::UnaryFn::Relu), {graph.input}, "computed"));
  graph.outputs.push_back({"computed", computed});
  VITRT_RETURN_IF_ERROR(CheckGraph(graph));
  return graph;
}

Result<Tensors> RunPlan(const std::string& path, const std::vector<float>& image,
                        const std::vector<convert::ValueType>& types) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(path));
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, {.threads = 1}));
  VITRT_RETURN_IF_ERROR(session.RunTensor(image, 1).status());
  Tensors outputs;
  for (size_t i = 0; i < types.size(); ++i) {
    const std::span<const std::byte> bytes = session.Output(static_cast<int>(i));
    convert::MutableTensor tensor(types[i]);
    if (bytes.size() != static_cast<size_t>(tensor.size() * plan::SizeOf(types[i].dtype)))
      return Internal("output " + std::to_string(i) + " has " + std::to_string(bytes.size()) + " bytes");
    std::copy(bytes.begin(), bytes.end(), tensor.bytes());
    outputs.push_back(std::move(tensor).Freeze());
  }
  return outputs;
}

Result<Tensors> Run(const Graph& imported, const Tensors& arguments, const convert::PipelineOptions& passes) {
  VITRT_ASSIGN_OR_RETURN(const std::vector<float> image, ImageOf(arguments));
  std::vector<convert::ValueType> types;
  for (const convert::GraphOutput& output : imported.outputs) types.push_back(imported.value(output.value).type());
  VITRT_ASSIGN_OR_RETURN(Graph graph, WithOneInput(imported, static_cast<int64_t>(image.size())));
  VITRT_RETURN_IF_ERROR(RunPasses(&graph, passes).status());
  convert::PlanOptions options;
  options.exits = convert::ExitChoice::OutputsOnly(graph);
  OrderBySegments(&graph, &options.exits);
  VITRT_ASSIGN_OR_RETURN(const convert::PlanBytes bytes, BuildPlan(graph, options));
  const std::string name = "vitrt-node-test-" + std::to_string(getpid()) + ".plan";
  const std::string path = std::filesystem::temp_directory_path() / name;
  VITRT_RETURN_IF_ERROR(plan::WritePlanFile(bytes.tables, bytes.weights, "node test", path));
  auto outputs = RunPlan(path, image, types);
  std::filesystem::remove(path);
  return outputs;
}

}  // namespace

Result<Tensors> RunOptimisedPlan(const Graph& graph, const Tensors& arguments) { return Run(graph, arguments, {}); }

Result<Tensors> RunPlainPlan(const Graph& graph, const Tensors& arguments) {
  convert::PipelineOptions required;
  for (const convert::Pass& pass : convert::Passes()) {
    if (!pass.required) required.disabled.push_back(pass.name);
  }
  return Run(graph, arguments, required);
}

}  // namespace vitrt::test
