#include "tests/issues/run_model.h"

#include <random>

#include "converters/passes/pipeline.h"
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "runtime/base/check.h"
#include "runtime/plan/writer.h"
#include "vitrt/session.h"

namespace vitrt::test {
namespace {

std::vector<double> Elements(std::span<const std::byte> bytes, const convert::ValueType& type) {
  convert::MutableTensor tensor(type);
  std::copy(bytes.begin(), bytes.end(), tensor.bytes());
  return ToF64Vector(std::move(tensor).Freeze());
}

}  // namespace

Result<std::vector<std::vector<double>>> RunModel(const ModelBuilder& model, const std::vector<float>& image,
                                                  const convert::ImportOptions& options) {
  TempFolder folder;
  VITRT_ASSIGN_OR_RETURN(convert::Graph graph, ImportOnnx(model.Write(folder / "model.onnx"), options));
  std::vector<convert::ValueType> types;
  for (const convert::GraphOutput& output : graph.outputs) types.push_back(graph.value(output.value).type());
  VITRT_RETURN_IF_ERROR(RunPasses(&graph, {}).status());
  convert::PlanOptions plan_options;
  plan_options.exits = convert::ExitChoice::OutputsOnly(graph);
  OrderBySegments(&graph, &plan_options.exits);
  VITRT_ASSIGN_OR_RETURN(const convert::PlanBytes bytes, BuildPlan(graph, plan_options));
  VITRT_RETURN_IF_ERROR(plan::WritePlanFile(bytes.tables, bytes.weights, "issue", folder / "model.plan"));
  VITRT_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(folder / "model.plan"));
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, {.threads = 1}));
  VITRT_RETURN_IF_ERROR(session.RunTensor(image, 1).status());
  std::vector<std::vector<double>> outputs;
  for (size_t i = 0; i < types.size(); ++i) {
    const auto found = session.Output(static_cast<int>(i));
    if (found.size() != static_cast<size_t>(plan::NumElements(types[i].shape) * plan::SizeOf(types[i].dtype)))
      return Internal("output " + std::to_string(i) + " has " + std::to_string(found.size()) + " bytes");
    outputs.push_back(Elements(found, types[i]));
  }
  return outputs;
}

std::vector<float> Numbers(int64_t n, uint32_t seed) {
  std::mt19937 bits(seed);
  std::vector<float> numbers(static_cast<size_t>(n));
  for (float& x : numbers) x = static_cast<float>(bits() >> 8) / static_cast<float>(1 << 22) - 2;
  return numbers;
}

}  // namespace vitrt::test
