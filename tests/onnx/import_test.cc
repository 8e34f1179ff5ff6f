// What the importer makes of sound models: opset forms, constants, branches, functions, sizes.
#include "converters/onnx/import.h"

#include <doctest/doctest.h>

#include <functional>
#include <numeric>

#include "tests/onnx/model_builder.h"

namespace vitrt::convert {
namespace {

using test::ModelBuilder;
using test::NodeRef;
using test::TempFolder;

std::vector<float> Count(int64_t n) {
  std::vector<float> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

Graph Import(const ModelBuilder& model, const ImportOptions& options = {}, ImportReport* report = nullptr) {
  TempFolder folder;
  auto graph = ImportOnnx(model.Write(folder / "model.onnx"), options, report);
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  CHECK(CheckGraph(*graph).ok());
  return std::move(graph).value();
}

// Imports with free inputs and evaluates on 0, 1, 2, ...
std::vector<double> Evaluate(const ModelBuilder& model, Shape* shape = nullptr) {
  ImportOptions options;
  options.free_inputs = true;
  const Graph graph = Import(model, options);
  std::vector<Tensor> inputs;
  for (const NamedValue& input : graph.free_inputs) {
    const Shape& s = graph.value(input.value).shape;
    inputs.push_back(Tensor::FromF32(s, Count(NumElements(s))));
  }
  const auto y = EvaluateGraph(graph, inputs);
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  if (shape) *shape = (*y)[0].shape;
  return ToF64Vector((*y)[0]);
}

TEST_SUITE("converters/onnx") {
  // The node tests of today have only the newest form of each operator.
  TEST_CASE("operators in the forms of old opsets") {
    struct Case {
      const char* title;
      int64_t opset;
      std::vector<int64_t> input;
      std::function<void(ModelBuilder&)> build;  // x -> y
      Shape shape;
      std::vector<double> expected;
    };
    const Case cases[] = {
        {"Squeeze-11",
         11,
         {1, 2, 1},
         [](ModelBuilder& m) { m.Node("Squeeze", {"x"}, {"y"}).Ints("axes", {0}); },
         {2, 1},
         {0, 1}},
        {"Unsqueeze-11",
         11,
         {2},
         [](ModelBuilder& m) {
           m.Node("Unsqueeze", {"x"}, {"y"}).Ints("axes", {0, -1});
         },
         {1, 2, 1},
         {0, 1}},
        {"Split-11",
         11,
         {4},
         [](ModelBuilder& m) {
           m.Node("Split", {"x"}, {"a", "y"}).Ints("split", {1, 3});
         },
         {3},
         {1, 2, 3}},
        {"Split-2 in equal parts",
         2,
         {4},
         [](ModelBuilder& m) {
           m.Node("Split", {"x"}, {"a", "y"});
         },
         {2},
         {2, 3}},
        {"ReduceSum-11",
         11,
         {2, 2},
         [](ModelBuilder& m) { m.Node("ReduceSum", {"x"}, {"y"}).Ints("axes", {1}).Int("keepdims", 0); },
         {2},
         {1, 5}},
        {"ReduceMean-13",
         13,
         {2, 2},
         [](ModelBuilder& m) { m.Node("ReduceMean", {"x"}, {"y"}).Ints("axes", {-1}); },
         {2, 1},
         {0.5, 2.5}},
        {"Slice-1",
         9,
         {5},
         [](ModelBuilder& m) {
           m.Node("Slice", {"x"}, {"y"}).Ints("starts", {-3}).Ints("ends", {INT64_MAX}).Ints("axes", {0});
         },
         {3},
         {2, 3, 4}},
        {"Pad-2",
         9,
         {2},
         [](ModelBuilder& m) {
           m.Node("Pad", {"x"}, {"y"}).Ints("pads", {1, 0}).Float("value", 7);
         },
         {3},
         {7, 0, 1}},
        {"Clip-6",
         6,
         {4},
         [](ModelBuilder& m) { m.Node("Clip", {"x"}, {"y"}).Float("min", 1).Float("max", 2); },
         {4},
         {1, 1, 2, 2}},
        {"Clip-6 without a bound",
         6,
         {2},
         [](ModelBuilder& m) { m.Node("Clip", {"x"}, {"y"}).Float("min", 1); },
         {2},
         {1, 1}},
        {"Upsample-7",
         7,
         {1, 1, 1, 2},
         [](ModelBuilder& m) {
           m.Node("Upsample", {"x"}, {"y"}).Floats("scales", {1, 1, 1, 2});
         },
         {1, 1, 1, 4},
         {0, 0, 1, 1}},
        {"Upsample-9",
         9,
         {1, 1, 1, 2},
         [](ModelBuilder& m) {
           m.Floats("s", {4}, {1, 1, 2, 1}).Node("Upsample", {"x", "s"}, {"y"});
         },
         {1, 1, 2, 2},
         {0, 1, 0, 1}},
        {"Resize-10",
         10,
         {1, 1, 1, 4},
         [](ModelBuilder& m) {
           m.Floats("s", {4}, {1, 1, 1, 0.5f}).Node("Resize", {"x", "s"}, {"y"});
         },
         {1, 1, 1, 2},
         {0, 2}},
        {"Resize-13 aligns the corners of the whole size, as PyTorch and ONNX Runtime do: 3 * 1.5 is 4",
         13,
         {1, 1, 1, 3},
         [](ModelBuilder& m) {
           m.Floats("s", {4}, {1, 1, 1, 1.5f});
           m.Node("Resize", {"x", "", "s"}, {"y"})
               .String("mode", "linear")
               .String("coordinate_transformation_mode", "align_corners");
         },
         {1, 1, 1, 4},
         {0, 0.6666667, 1.3333333, 2}},
        {"Softmax-11 over the last two axes",
         11,
         {1, 2, 1},
         [](ModelBuilder& m) { m.Node("Softmax", {"x"}, {"y"}); },
         {1, 2, 1},
         {0.2689414, 0.7310586}},
        {"Hardmax-11", 11, {1, 2, 1}, [](ModelBuilder& m) { m.Node("Hardmax", {"x"}, {"y"}); }, {1, 2, 1}, {0, 1}},
        {"TopK-1",
         9,
         {3},
         [](ModelBuilder& m) {
           m.Node("TopK", {"x"}, {"y", "i"}).Int("k", 2).Int("axis", 0);
         },
         {2},
         {2, 1}},
        {"Dropout-7",
         7,
         {2},
         [](ModelBuilder& m) { m.Node("Dropout", {"x"}, {"y"}).Float("ratio", 0.5f); },
         {2},
         {0, 1}},
        {"Reshape-1",
         1,
         {4},
         [](ModelBuilder& m) {
           m.Node("Reshape", {"x"}, {"y"}).Ints("shape", {2, -1});
         },
         {2, 2},
         {0, 1, 2, 3}},
        {"GroupNormalization-18 scales groups",
         18,
         {1, 2, 2},
         [](ModelBuilder& m) {
           m.Floats("s", {1}, {2})
               .Floats("b", {1}, {1})
               .Node("GroupNormalization", {"x", "s", "b"}, {"y"})
               .Int("num_groups", 1)
               .Float("epsilon", 0);
         },
         {1, 2, 2},
         {1 - 2 * 1.3416408, 1 - 2 * 0.4472136, 1 + 2 * 0.4472136, 1 + 2 * 1.3416408}},
        {"BatchNormalization-9 on rank 2",
         9,
         {1, 2},
         [](ModelBuilder& m) {
           m.Floats("g", {2}, {2, 2}).Floats("b", {2}, {1, 1}).Floats("m", {2}, {0, 1}).Floats("v", {2}, {4, 1});
           m.Node("BatchNormalization", {"x", "g", "b", "m", "v"}, {"y"}).Float("epsilon", 0);
         },
         {1, 2},
         {1, 1}},
        {"Conv over one axis",
         11,
         {1, 1, 3},
         [](ModelBuilder& m) {
           m.Floats("w", {1, 1, 2}, {1, 10}).Node("Conv", {"x", "w"}, {"y"});
         },
         {1, 1, 2},
         {10, 21}},
        {"Conv over one axis of two sequences",
         11,
         {2, 1, 3},
         [](ModelBuilder& m) {
           m.Floats("w", {1, 1, 2}, {1, 10}).Node("Conv", {"x", "w"}, {"y"});
         },
         {2, 1, 2},
         {10, 21, 43, 54}},
        {"Conv of two maps, with pads and strides, keeps them apart",
         11,
         {2, 1, 3, 3},
         [](ModelBuilder& m) {
           m.Floats("w", {1, 1, 3, 3}, std::vector<float>(9, 1));
           m.Node("Conv", {"x", "w"}, {"y"}).Ints("pads", {1, 1, 1, 1}).Ints("strides", {2, 2});
         },
         {2, 1, 2, 2},
         {8, 12, 20, 24, 44, 48, 56, 60}},
        {"Conv of two maps along their columns",
         11,
         {2, 1, 2, 2},
         [](ModelBuilder& m) {
           m.Floats("w", {1, 1, 3, 1}, {100, 10, 1}).Node("Conv", {"x", "w"}, {"y"}).Ints("pads", {1, 0, 1, 0});
         },
         {2, 1, 2, 2},
         {2, 13, 20, 130, 46, 57, 460, 570}},
        {"GlobalAveragePool over one axis",
         1,
         {1, 2, 2},
         [](ModelBuilder& m) { m.Node("GlobalAveragePool", {"x"}, {"y"}); },
         {1, 2, 1},
         {0.5, 2.5}},
        {"Gemm with all its factors",
         9,
         {2, 1},
         [](ModelBuilder& m) {
           m.Floats("w", {2, 2}, {1, 2, 3, 4}).Floats("c", {2}, {1, 1});
           m.Node("Gemm", {"x", "w", "c"}, {"y"}).Int("transA", 1).Int("transB", 1).Float("alpha", 2).Float("beta", 3);
         },
         {1, 2},
         {2 * 2 + 3, 2 * 4 + 3}},
        {"Einsum with spaces and broadcasting",
         12,
         {2, 3},
         [](ModelBuilder& m) {
           m.Floats("w", {3, 2}, {1, 0, 0, 1, 1, 1})
               .Node("Einsum", {"x", "w"}, {"y"})
               .String("equation", " i j , j k -> k i ");
         },
         {2, 2},
         {0 + 2, 3 + 5, 1 + 2, 4 + 5}},
    };
    for (const Case& c : cases) {
      INFO(c.title);
      ModelBuilder model(c.opset);
      model.Input("x", c.input).Output("y");
      c.build(model);
      Shape shape;
      const std::vector<double> y = Evaluate(model, &shape);
      CHECK(shape == c.shape);
      REQUIRE(y.size() == c.expected.size());
      for (size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(c.expected[i]).epsilon(1e-5));
    }
  }

  TEST_CASE("shape arithmetic vanishes and a symbolic batch is one image") {
    ModelBuilder m(13);
    m.Input("image", {-1, 3, 4, 4}).Output("y");
    m.Node("Shape", {"image"}, {"shape"});
    m.Integers("zero", {}, {0}).Integers("minus", {1}, {-1}).Integers("axis", {1}, {0});
    m.Node("Gather", {"shape", "zero"}, {"batch"});
    m.Node("Unsqueeze", {"batch", "axis"}, {"batch1"});
    m.Node("Concat", {"batch1", "minus"}, {"target"}).Int("axis", 0);
    m.Node("ConstantOfShape", {"axis"}, {"unused"});
    m.Node("Reshape", {"image", "target"}, {"y"});
    const Graph graph = Import(m);
    CHECK(graph.value(graph.input).shape == Shape{1, 3, 4, 4});
    CHECK(graph.value(graph.outputs[0].value).shape == Shape{1, 48});
    CHECK(graph.nodes.size() == 1);
  }

  TEST_CASE("nodes may come in any order") {
    ModelBuilder m(13);
    m.Input("image", {1, 1, 1, 2}).Output("y");
    m.Node("Relu", {"a"}, {"y"});
    m.Node("Neg", {"image"}, {"a"});
    CHECK(Import(m).nodes[0]->name == "a");
  }

  TEST_CASE("weights of every width become floats, integers keep their values") {
    struct Case {
      const char* title;
      int type;
      std::string raw;
      DType dtype;
      double value;
    };
    using T = ::onnx::TensorProto;
    const Case cases[] = {
        {"float16", T::FLOAT16, std::string("\x00\xc1", 2), DType::F32, -2.5},
        {"float16, subnormal", T::FLOAT16, std::string("\x01\x80", 2), DType::F32, -0x1p-24},
        {"bfloat16", T::BFLOAT16, std::string("\x20\xc0", 2), DType::F32, -2.5},
        {"double", T::DOUBLE, std::string("\0\0\0\0\0\0\x04\xc0", 8), DType::F32, -2.5},
        {"int8", T::INT8, std::string("\xff", 1), DType::I32, -1},
        {"uint8", T::UINT8, std::string("\xff", 1), DType::I32, 255},
        {"uint16", T::UINT16, std::string("\xff\xff", 2), DType::I32, 65535},
        {"uint32", T::UINT32, std::string("\xff\xff\xff\xff", 4), DType::I64, 4294967295.0},
        {"bool", T::BOOL, std::string("\x02", 1), DType::Bool, 1},
    };
    for (const Case& c : cases) {
      INFO(c.title);
      ModelBuilder m(13);
      m.Input("image", {1, 1, 1, 1}).Output("y").Output("w");
      m.Tensor("w", c.type, {1})->set_raw_data(c.raw);
      m.Node("Relu", {"image"}, {"y"});
      const Graph graph = Import(m);
      const Tensor& w = graph.constant(graph.outputs[1].value);
      CHECK(w.dtype == c.dtype);
      CHECK(ToF64Vector(w)[0] == c.value);
    }
  }

  TEST_CASE("external data is read at its offset") {
    TempFolder folder;
    test::WriteFile(folder / "w.bin", std::string("????\0\0\x80\x3f\0\0\0\x40", 12));
    ModelBuilder m(13);
    m.Input("image", {1, 1, 1, 2}).Output("y");
    auto* w = m.Tensor("w", ::onnx::TensorProto::FLOAT, {2});
    w->set_data_location(::onnx::TensorProto::EXTERNAL);
    for (auto [key, value] : {std::pair{"location", "w.bin"}, std::pair{"offset", "4"}, std::pair{"length", "8"}}) {
      auto* entry = w->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    m.Node("Add", {"image", "w"}, {"y"});
    ImportReport report;
    const auto graph = ImportOnnx(m.Write(folder / "model.onnx"), {}, &report);
    REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
    CHECK(report.external_files.size() == 1);
    const auto y = EvaluateGraph(*graph, Tensor::FromF32({1, 1, 1, 2}, {10, 20}));
    CHECK(ToF64Vector((*y)[0]) == std::vector<double>{11, 22});
  }

  TEST_CASE("If with a constant condition is its branch") {
    for (const bool condition : {true, false}) {
      ModelBuilder m(13);
      m.Input("image", {1, 1, 1, 2}).Output("y");
      m.Tensor("condition", ::onnx::TensorProto::BOOL, {})->add_int32_data(condition);
      ::onnx::GraphProto then_branch, else_branch;
      test::AddNode(then_branch, "Neg", {"image"}, {"t"});  // sees the names around it
      then_branch.add_output()->set_name("t");
      test::AddNode(else_branch, "NoSuchOperator", {"image"}, {"e0"});
      test::AddNode(else_branch, "Identity", {"e0"}, {"e"});
      else_branch.add_output()->set_name("e");
      m.Node("If", {"condition"}, {"y"}).Graph("then_branch", then_branch).Graph("else_branch", else_branch);
      TempFolder folder;
      const auto graph = ImportOnnx(m.Write(folder / "model.onnx"));
      CHECK(graph.ok() == condition);  // the branch that is not taken may hold anything
      if (condition) CHECK(graph->nodes.size() == 1);
    }
  }

  TEST_CASE("model-local functions are inlined with their attributes and defaults") {
    ModelBuilder m(13);
    m.Input("image", {1, 1, 1, 2}).Output("y");
    auto* entry = m.proto().add_opset_import();
    entry->set_domain("local");
    entry->set_version(1);
    auto* function = m.proto().add_functions();
    function->set_name("Leaky");
    function->set_domain("local");
    function->add_input("a");
    function->add_output("b");
    function->add_attribute("slope");
    function->add_opset_import()->set_version(13);
    test::AddNode(*function, "LeakyRelu", {"a"}, {"b"}).Reference("alpha", "slope", ::onnx::AttributeProto::FLOAT);
    m.Node("Leaky", {"image"}, {"h"}).Domain("local").Float("slope", 0.5f);
    m.Node("Leaky", {"h"}, {"y"}).Domain("local");  // LeakyRelu's own default, 0.01
    const Graph graph = Import(m);
    const auto y = EvaluateGraph(graph, Tensor::FromF32({1, 1, 1, 2}, {-2, 3}));
    CHECK(ToF64Vector((*y)[0])[0] == doctest::Approx(-0.01));
    CHECK(ToF64Vector((*y)[0])[1] == 3);
  }

  TEST_CASE("a squeeze of an axis that is not 1 is a no-op with a warning") {
    ModelBuilder m(11);
    m.Input("image", {1, 3, 1, 2}).Output("y");
    m.Node("Squeeze", {"image"}, {"y"}).Ints("axes", {1}).Name("head/Squeeze");
    ImportReport report;
    const Graph graph = Import(m, {}, &report);
    CHECK(graph.value(graph.outputs[0].value).shape == Shape{1, 3, 1, 2});
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings[0].find("head/Squeeze") != std::string::npos);
  }

  TEST_CASE("a symbolic size takes the option's, a static one refuses another") {
    ModelBuilder m(13);
    m.Input("image", {-1, 3, -1, -1}).Output("y");
    m.Node("Relu", {"image"}, {"y"});
    TempFolder folder;
    const std::string path = m.Write(folder / "model.onnx");
    CHECK(ImportOnnx(path).status().code() == StatusCode::kUnsupported);
    ImportOptions options;
    options.input_height = 8;
    options.input_width = 6;
    const auto graph = ImportOnnx(path, options);
    REQUIRE(graph.ok());
    CHECK(graph->value(graph->input).shape == Shape{1, 3, 8, 6});
    ModelBuilder fixed(13);
    fixed.Input("image", {-1, 3, 4, 4}).Output("y");
    fixed.Node("Relu", {"image"}, {"y"});
    CHECK(ImportOnnx(fixed.Write(path), options).status().code() == StatusCode::kInvalidArgument);
  }

  TEST_CASE("fixed inputs become constants") {
    ModelBuilder m(13);
    m.Input("image", {1, 1, 1, 2}).Input("scale", {1}).Output("y");
    m.Node("Mul", {"image", "scale"}, {"y"});
    ImportOptions options;
    options.fixed_inputs["scale"] = Tensor::FromF32({1}, {3});
    const Graph graph = Import(m, options);
    const auto y = EvaluateGraph(graph, Tensor::FromF32({1, 1, 1, 2}, {1, 2}));
    CHECK(ToF64Vector((*y)[0]) == std::vector<double>{3, 6});
  }
}

}  // namespace
}  // namespace vitrt::convert
