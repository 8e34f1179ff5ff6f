#include "tests/onnx/node_tests.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "converters/graph/graph.h"
#include "converters/onnx/import.h"
#include "converters/onnx/tensor_data.h"
#include "runtime/base/check.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;
using convert::DType;
using convert::ImportOptions;
using convert::Tensor;

using Protos = std::vector<::onnx::TensorProto>;

// prefix_0.pb, prefix_1.pb, ...
Protos ReadProtos(const fs::path& folder, const std::string& prefix) {
  Protos protos;
  for (int i = 0;; ++i) {
    const fs::path path = folder / (prefix + "_" + std::to_string(i) + ".pb");
    if (!fs::exists(path)) return protos;
    std::ifstream file(path, std::ios::binary);
    protos.emplace_back().ParseFromIstream(&file);
  }
}

// The tensor as one of the wanted dtype. ONNX 1.12 stores the data of bfloat16 tensors as uint16. kUnsupported where it
// is no tensor that vitrt knows: sequences and optionals lie in files of the same name.
Result<Tensor> ReadTensor(::onnx::TensorProto proto, std::optional<DType> wanted) {
  if (!wanted) return Unsupported("not a tensor of numbers");
  if (proto.data_type() == ::onnx::TensorProto::UINT16 && wanted == DType::F32)
    proto.set_data_type(::onnx::TensorProto::BFLOAT16);
  convert::onnx_import::ExternalData none;
  auto read = convert::onnx_import::ReadTensor(proto, none);
  if (!read.ok()) return Unsupported("not a tensor: " + read.status().ToString());
  if (!read->tensor) return Unsupported(read->problem);
  return *read->tensor;
}

bool IsNarrow(const Protos& protos) {
  return std::any_of(protos.begin(), protos.end(), [](const auto& p) {
    return p.data_type() == ::onnx::TensorProto::FLOAT16 || p.data_type() == ::onnx::TensorProto::BFLOAT16 ||
           p.data_type() == ::onnx::TensorProto::UINT16;
  });
}

// rtol and atol of the ONNX test runner (1e-3, 1e-7); looser for 16-bit references.
Status Compare(const Tensor& actual, const Tensor& expected, bool narrow) {
  if (actual.type() != expected.type())
    return BadInput("is " + ToString(actual.type()) + ", expected " + ToString(expected.type()));
  const std::vector<double> a = ToF64Vector(actual), e = ToF64Vector(expected);
  const double relative = narrow ? 1e-2 : 1e-3, absolute = narrow ? 1e-2 : 1e-6;
  for (size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i]));
    const bool close = expected.dtype == DType::F32 && std::fabs(a[i] - e[i]) <= absolute + relative * std::fabs(e[i]);
    if (!same && !close)
      return BadInput("element " + std::to_string(i) + " is " + std::to_string(a[i]) + ", expected " +
                      std::to_string(e[i]));
  }
  return {};
}

// Inputs that must be known while importing (shapes, axes, scales) are arguments like any other in these tests. First
// none is fixed, then the integers and bools, then all but the first.
std::vector<std::vector<bool>> FixingPlans(const std::vector<Tensor>& inputs) {
  std::vector<bool> none(inputs.size()), whole(inputs.size()), others(inputs.size(), true), all(inputs.size(), true);
  for (size_t i = 0; i < inputs.size(); ++i) whole[i] = inputs[i].dtype != DType::F32;
  if (!others.empty()) others[0] = false;
  return {none, whole, others, all};
}

Status RunDataSet(const std::string& model, const std::vector<convert::onnx_import::SourceInput>& parameters,
                  const fs::path& folder) {
  const Protos inputs = ReadProtos(folder, "input"), expected = ReadProtos(folder, "output");
  std::vector<Tensor> given;
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
    std::vector<Tensor> arguments;
    for (size_t i = 0; i < given.size(); ++i) {
      if (fixed[i])
        options.fixed_inputs[parameters[i].name] = given[i];
      else
        arguments.push_back(given[i]);
    }
    auto graph = convert::ImportOnnx(model, options);
    status = graph.status();
    if (status.code() == StatusCode::kUnsupported) continue;
    VITRT_RETURN_IF_ERROR(status);
    VITRT_ASSIGN_OR_RETURN(const std::vector<Tensor> outputs, convert::EvaluateGraph(*graph, arguments));
    if (outputs.size() != expected.size()) return BadInput("wrong number of outputs");
    for (size_t i = 0; i < outputs.size(); ++i) {
      VITRT_ASSIGN_OR_RETURN(const Tensor reference, ReadTensor(expected[i], outputs[i].dtype));
      Status compared = Compare(outputs[i], reference, IsNarrow(inputs) || IsNarrow(expected));
      if (!compared.ok()) return std::move(compared).Within("output " + std::to_string(i));
    }
    return {};
  }
  return status;
}

Status Run(const fs::path& folder, NodeTest& test) {
  const std::string model = (folder / "model.onnx").string();
  auto source = convert::onnx_import::ReadModel(model);
  if (!source.ok()) return source.status();
  std::set<std::string> operators;
  for (const auto& node : source->graph.nodes)
    operators.insert(node.domain.empty() ? node.op_type : node.domain + "." + node.op_type);
  for (const std::string& op : operators) test.operators += (test.operators.empty() ? "" : "+") + op;
  bool any = false;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    VITRT_RETURN_IF_ERROR(RunDataSet(model, source->graph.inputs, entry.path()));
    any = true;
  }
  return any ? Status() : Unsupported("has no data");
}

}  // namespace

NodeTest RunNodeTest(const std::string& folder) {
  NodeTest test;
  test.name = fs::path(folder).filename().string();
  const Status status = Run(folder, test);
  using Outcome = NodeTest::Outcome;
  test.outcome = status.ok()                                 ? Outcome::kPassed
                 : status.code() == StatusCode::kUnsupported ? Outcome::kSkipped
                                                             : Outcome::kFailed;
  test.reason =
      status.ok()
          ? ""
          : status.what() + (status.where().empty() ? "" : " (" + fs::path(status.where()).filename().string() + ")");
  std::replace(test.reason.begin(), test.reason.end(), '\n', ' ');
  return test;
}

std::vector<NodeTest> RunNodeTests(const std::string& root) {
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (fs::exists(entry.path() / "model.onnx")) folders.push_back(entry.path().string());
  }
  std::sort(folders.begin(), folders.end());
  std::vector<NodeTest> tests;
  for (const std::string& folder : folders) tests.push_back(RunNodeTest(folder));
  return tests;
}

}  // namespace vitrt::test
