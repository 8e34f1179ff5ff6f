#include "tests/onnx/node_tests.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "converters/onnx/import.h"
#include "converters/onnx/model.h"
#include "runtime/base/check.h"
#include "tests/onnx/node_data.h"
#include "tests/onnx/node_plan.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;
using convert::DType;
using convert::ImportOptions;
using convert::Tensor;

using Tensors = std::vector<Tensor>;
// Runs a graph on its free inputs. kUnsupported: not in this form, perhaps with other inputs fixed.
using Runner = Result<Tensors> (*)(const convert::Graph& graph, const Tensors& arguments);

Result<Tensors> Evaluate(const convert::Graph& graph, const Tensors& arguments) {
  return convert::EvaluateGraph(graph, arguments);
}

// Inputs that must be known while importing (shapes, axes, scales) are arguments like any other in these tests. First
// none is fixed, then the integers and bools, then all but the first.
std::vector<std::vector<bool>> FixingPlans(const Tensors& inputs) {
  std::vector<bool> none(inputs.size()), whole(inputs.size()), others(inputs.size(), true), all(inputs.size(), true);
  for (size_t i = 0; i < inputs.size(); ++i) whole[i] = inputs[i].dtype != DType::F32;
  if (!others.empty()) others[0] = false;
  return {none, whole, others, all};
}

Status RunDataSet(const std::string& model, const std::vector<convert::onnx_import::SourceInput>& parameters,
                  const fs::path& folder, Runner run) {
  const Protos inputs = ReadProtos(folder, "input"), expected = ReadProtos(folder, "output");
  Tensors given;
  for (size_t i = 0; i < inputs.size() && i < parameters.size(); ++i) {
    VITRT_ASSIGN_OR_RETURN(Tensor tensor, ReadTensor(inputs[i], parameters[i].dtype));
    const auto& dims = parameters[i].dims;
    bool fits = dims.size() == tensor.shape.size();
    for (size_t d = 0; fits && d < dims.size(); ++d) fits = dims[d].size < 0 || dims[d].size == tensor.shape[d];
    if (!fits) return Unsupported("the data set does not fit the model's input " + parameters[i].name);
    given.push_back(std::move(tensor));
  }
  Status status;
  for (const std::vector<bool>& fixed : FixingPlans(given)) {
    ImportOptions options;
    options.free_inputs = true;
    Tensors arguments;
    for (size_t i = 0; i < given.size(); ++i) {
      if (fixed[i])
        options.fixed_inputs[parameters[i].name] = given[i];
      else
        arguments.push_back(given[i]);
    }
    auto graph = convert::ImportOnnx(model, options);
    const Result<Tensors> outputs = graph.ok() ? run(*graph, arguments) : Result<Tensors>(graph.status());
    if (outputs.status().code() == StatusCode::kUnsupported) {
      if (status.ok() || !arguments.empty()) status = outputs.status();  // that all are fixed explains nothing
      continue;
    }
    VITRT_RETURN_IF_ERROR(outputs.status());
    return CompareAll(*outputs, expected, IsNarrow(inputs) || IsNarrow(expected));
  }
  return status;
}

Status RunModel(const fs::path& folder, const convert::onnx_import::SourceModel& source, Runner run) {
  bool any = false;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    VITRT_RETURN_IF_ERROR(RunDataSet((folder / "model.onnx").string(), source.graph.inputs, entry.path(), run));
    any = true;
  }
  return any ? Status() : Unsupported("has no data");
}

Verdict VerdictOf(const Status& status) {
  using Outcome = Verdict::Outcome;
  if (status.ok()) return {Outcome::kPassed, ""};
  std::string reason =
      status.what() + (status.where().empty() ? "" : " (" + fs::path(status.where()).filename().string() + ")");
  if (!status.hint().empty()) reason += ": " + status.hint();
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return {status.code() == StatusCode::kUnsupported ? Outcome::kSkipped : Outcome::kFailed, reason};
}

std::string OperatorsOf(const convert::onnx_import::SourceModel& source) {
  std::set<std::string> operators;
  for (const auto& node : source.graph.nodes)
    operators.insert(node.domain.empty() ? node.op_type : node.domain + "." + node.op_type);
  std::string all;
  for (const std::string& op : operators) all += (all.empty() ? "" : "+") + op;
  return all;
}

}  // namespace

NodeTest RunNodeTest(const std::string& folder) {
  NodeTest test;
  test.name = fs::path(folder).filename().string();
  const auto source = convert::onnx_import::ReadModel(folder + "/model.onnx");
  if (!source.ok()) {
    test.evaluated = test.plain = test.optimised = VerdictOf(source.status());
    return test;
  }
  test.operators = OperatorsOf(*source);
  test.evaluated = VerdictOf(RunModel(folder, *source, Evaluate));
  test.plain = VerdictOf(RunModel(folder, *source, RunPlainPlan));
  test.optimised = VerdictOf(RunModel(folder, *source, RunOptimisedPlan));
  return test;
}

std::vector<NodeTest> RunNodeTests(const std::string& root) {
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (fs::exists(entry.path() / "model.onnx")) folders.push_back(entry.path().string());
  }
  std::sort(folders.begin(), folders.end());
  std::vector<NodeTest> tests;
  tests.reserve(folders.size());
  for (const std::string& folder : folders) tests.push_back(RunNodeTest(folder));
  return tests;
}

}  // namespace vitrt::test
