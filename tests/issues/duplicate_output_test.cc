// An output that is listed twice ended in an internal error; outputs of bytes left as 32-bit integers.
#include <string>
#include <tuple>
#include <vector>

#include "converters/onnx/import.h"
#include "tests/onnx/model_builder.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using vitrt::test::ModelBuilder;
using vitrt::test::TempFolder;

Result<Graph> Import(const ModelBuilder& model, ImportReport* report = nullptr) {
  TempFolder folder;
  return ImportOnnx(model.Write(folder / "model.onnx"), {}, report);
}

TEST_CASE("an output that is listed twice is one output, with a warning") {
  ModelBuilder m(17);
  m.Input("image", {1, 3, 4, 4}).Output("y").Output("z").Output("y");
  m.Node("Relu", {"image"}, {"y"});
  m.Node("Identity", {"y"}, {"z"});  // another name of the same is another output
  ImportReport report;
  const auto graph = Import(m, &report);
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  REQUIRE(graph->outputs.size() == 2);
  CHECK(graph->outputs[0].name == "y");
  CHECK(graph->outputs[1].name == "z");
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0].find("'y' is listed twice") != std::string::npos);
}

TEST_CASE("outputs that are listed several times, side by side or apart, keep the order of their first mention") {
  using Names = std::vector<std::string>;
  for (const auto& [listed, kept, warnings] :
       {std::tuple(Names{"y", "y"}, Names{"y"}, 1u), std::tuple(Names{"y", "y", "y"}, Names{"y"}, 2u),
        std::tuple(Names{"z", "y", "z", "y"}, Names{"z", "y"}, 2u)}) {
    ModelBuilder m(17);
    m.Input("image", {1, 3, 4, 4});
    for (const std::string& name : listed) m.Output(name);
    m.Node("Relu", {"image"}, {"y"});
    m.Node("Sigmoid", {"y"}, {"z"});
    ImportReport report;
    const auto graph = Import(m, &report);
    REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
    Names names;
    for (const auto& output : graph->outputs) names.push_back(output.name);
    CHECK(names == kept);
    CHECK(report.warnings.size() == warnings);
  }
}

TEST_CASE("an output of bytes stays one, and one of a type that plans do not have is said") {
  using T = ::onnx::TensorProto;
  ModelBuilder m(17);
  m.Input("image", {1, 3, 4, 4});
  for (const auto& [name, type] : {std::pair("bytes", T::UINT8), std::pair("shorts", T::INT16)}) {
    m.Node("Cast", {"image"}, {name}).Int("to", type);
    m.Output(name);
    m.graph().mutable_output(m.graph().output_size() - 1)->mutable_type()->mutable_tensor_type()->set_elem_type(type);
  }
  ImportReport report;
  const auto graph = Import(m, &report);
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  CHECK(graph->value(graph->outputs[0].value).dtype == DType::U8);
  CHECK(graph->value(graph->outputs[1].value).dtype == DType::I32);
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0] == "output 'shorts' is INT16 in the model and I32 in the plan");
}

}  // namespace
}  // namespace vitrt::convert::test
