// What the importer refuses, and with which words: unsupported models, broken models, damaged files.
#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <random>

#include "converters/onnx/import.h"
#include "tests/onnx/model_builder.h"

namespace vitrt::convert {
namespace {

using test::ModelBuilder;
using test::TempFolder;

struct Case {
  const char* title;
  StatusCode code;
  const char* message;  // part of it
  std::function<void(ModelBuilder&)> build;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.title);
    ModelBuilder model(17);
    c.build(model);
    TempFolder folder;
    const auto graph = ImportOnnx(model.Write(folder / "model.onnx"));
    CHECK(graph.status().code() == c.code);
    CHECK_MESSAGE(graph.status().ToString().find(c.message) != std::string::npos, graph.status().ToString());
  }
}

ModelBuilder& Image(ModelBuilder& m) { return m.Input("image", {1, 3, 4, 4}).Output("y"); }

void External(ModelBuilder& m, const std::string& location, const std::string& length = "12") {
  Image(m);
  auto* w = m.Tensor("w", ::onnx::TensorProto::FLOAT, {3, 1, 1});
  w->set_data_location(::onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : {std::pair{"location", location}, std::pair{"length", length}}) {
    auto* entry = w->add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  m.Node("Add", {"image", "w"}, {"y"});
}

TEST_SUITE("converters/onnx") {
  TEST_CASE("all unsupported nodes are listed at once, with domain, name and reason") {
    ModelBuilder m(17);
    Image(m);
    m.Node("GridSample", {"image", "image"}, {"a"}).Name("warp");
    m.Node("Relu", {"a"}, {"b"}).Name("fine");
    m.Node("FancyNorm", {"b"}, {"c"}).Domain("com.example").Name("norm");
    m.Node("Loop", {"", "", "c"}, {"d"}).Name("loop");
    m.Node("Gelu", {"image"}, {"e"}).Name("gelu");
    m.Node("Add", {"d", "e"}, {"y"}).Name("sum");
    TempFolder folder;
    const Status status = ImportOnnx(m.Write(folder / "model.onnx")).status();
    CHECK(status.code() == StatusCode::kUnsupported);
    for (const char* part : {"4 nodes are not supported", "GridSample (ai.onnx) 'warp': this operator is not supported",
                             "FancyNorm (com.example) 'norm': ", "Loop (ai.onnx) 'loop': ",
                             "Gelu (ai.onnx) 'gelu': supported for opsets 20-27, not for 17"}) {
      CHECK_MESSAGE(status.what().find(part) != std::string::npos, status.what());
    }
    CHECK(status.what().find("fine") == std::string::npos);
  }

  TEST_CASE("models that vitrt cannot run") {
    using T = ::onnx::TensorProto;
    const auto u = StatusCode::kUnsupported;
    Check({
        {"two inputs", u, "2 inputs",
         [](ModelBuilder& m) {
           Image(m).Input("mask", {1}).Node("Add", {"image", "mask"}, {"y"});
         }},
        {"no input", u, "0 inputs",
         [](ModelBuilder& m) { m.Output("y").Node("Constant", {}, {"y"}).Float("value_float", 1); }},
        {"an input that is no image", u, "four dims",
         [](ModelBuilder& m) {
           m.Input("x", {1, 4}).Output("y").Node("Relu", {"x"}, {"y"});
         }},
        {"a batch of 8", u, "batch of 8",
         [](ModelBuilder& m) {
           m.Input("x", {8, 3, 4, 4}).Output("y").Node("Relu", {"x"}, {"y"});
         }},
        {"integer image", u, "of type INT64",
         [](ModelBuilder& m) {
           m.Input("x", {1, 3, 4, 4}, T::INT64).Output("y").Node("Identity", {"x"}, {"y"});
         }},
        {"open height", u, "not fixed",
         [](ModelBuilder& m) {
           m.Input("x", {1, 3, -1, 4}).Output("y").Node("Relu", {"x"}, {"y"});
         }},
        {"newer opset", u, "newer than 27",
         [](ModelBuilder& m) {
           Image(m).Node("Relu", {"image"}, {"y"});
           m.proto().mutable_opset_import(0)->set_version(99);
         }},
        {"strings", u, "element type STRING",
         [](ModelBuilder& m) {
           Image(m).Tensor("s", T::STRING, {1})->add_string_data("x");
           m.Node("Add", {"image", "s"}, {"y"});
         }},
        {"computed condition", u, "computed from the image",
         [](ModelBuilder& m) {
           Image(m).Node("ReduceMax", {"image"}, {"c0"}).Int("keepdims", 0);
           m.Node("Cast", {"c0"}, {"c"}).Int("to", T::BOOL);
           m.Node("If", {"c"}, {"y"}).Graph("then_branch", {}).Graph("else_branch", {});
         }},
        {"computed shape", u, "computed from the image",
         [](ModelBuilder& m) {
           Image(m).Node("Cast", {"image"}, {"i"}).Int("to", T::INT64);
           m.Node("Reshape", {"image", "i"}, {"y"});
         }},
        {"a recurrent layer", u, "recurrent layers are not supported",
         [](ModelBuilder& m) {
           Image(m).Node("LSTM", {"image", "image", "image"}, {"y"});
         }},
        {"a loop", u, "loops are not supported", [](ModelBuilder& m) { Image(m).Node("Scan", {"image"}, {"y"}); }},
        {"boxes", u, "runs classifiers",
         [](ModelBuilder& m) {
           Image(m).Node("RoiAlign", {"image", "image", "image"}, {"y"});
         }},
        {"an optimized model in NHWC", u, "fused or NHWC nodes",
         [](ModelBuilder& m) {
           Image(m).Node("NhwcConv", {"image", "image"}, {"y"}).Domain("com.microsoft");
         }},
        {"a convolution over three axes", u, "has 3 spatial axes",
         [](ModelBuilder& m) {
           Image(m).Integers("shape", {5}, {1, 3, 1, 4, 4}).Node("Reshape", {"image", "shape"}, {"x"});
           m.Floats("w", {1, 3, 1, 1, 1}, {1, 1, 1}).Node("Conv", {"x", "w"}, {"y"});
         }},
        {"dropout in training", u, "training",
         [](ModelBuilder& m) {
           Image(m).Tensor("t", T::BOOL, {})->add_int32_data(1);
           m.Floats("r", {}, {0.5f}).Node("Dropout", {"image", "r", "t"}, {"y"});
         }},
    });
  }

  TEST_CASE("models that are not valid") {
    const auto bad = StatusCode::kBadPlan;
    Check({
        {"cycle", bad, "cycle",
         [](ModelBuilder& m) {
           Image(m).Node("Add", {"image", "b"}, {"a"});
           m.Node("Relu", {"a"}, {"b"});
           m.Node("Relu", {"b"}, {"y"});
         }},
        {"a name nobody writes", bad, "reads 'ghost', which nothing produces",
         [](ModelBuilder& m) {
           Image(m).Node("Add", {"image", "ghost"}, {"y"});
         }},
        {"two nodes write one name", bad, "two nodes write 'y'",
         [](ModelBuilder& m) {
           Image(m).Node("Relu", {"image"}, {"y"});
           m.Node("Neg", {"image"}, {"y"});
         }},
        {"a node writes the input", bad, "two values have the name 'image'",
         [](ModelBuilder& m) {
           Image(m).Node("Relu", {"y"}, {"image"});
           m.Node("Constant", {}, {"y"}).Float("value_float", 1);
         }},
        {"two initializers of one name", bad, "one name",
         [](ModelBuilder& m) {
           Image(m).Floats("w", {1}, {1}).Floats("w", {1}, {2}).Node("Add", {"image", "w"}, {"y"});
         }},
        {"an output nobody computes", bad, "output 'y' is never computed",
         [](ModelBuilder& m) { Image(m).Node("Relu", {"image"}, {"z"}); }},
        {"no outputs", bad, "no outputs",
         [](ModelBuilder& m) {
           m.Input("x", {1, 3, 4, 4}).Node("Relu", {"x"}, {"y"});
         }},
        {"shapes that do not broadcast", bad, "do not broadcast",
         [](ModelBuilder& m) {
           Image(m).Floats("w", {5}, {1, 1, 1, 1, 1}).Node("Add", {"image", "w"}, {"y"}).Name("sum");
         }},
        {"dtypes that differ", bad, "does not take",
         [](ModelBuilder& m) {
           Image(m).Integers("w", {1}, {1}).Node("Add", {"image", "w"}, {"y"});
         }},
        {"a missing input", bad, "input 1 is missing",
         [](ModelBuilder& m) {
           Image(m).Node("Add", {"image", ""}, {"y"});
         }},
        {"a missing attribute", bad, "attribute 'axis' is missing",
         [](ModelBuilder& m) {
           Image(m).Node("Concat", {"image", "image"}, {"y"});
         }},
        {"an attribute of another kind", bad, "wrong type",
         [](ModelBuilder& m) { Image(m).Node("Softmax", {"image"}, {"y"}).Float("axis", 1); }},
        {"an attribute given twice", bad, "twice",
         [](ModelBuilder& m) { Image(m).Node("Softmax", {"image"}, {"y"}).Int("axis", 1).Int("axis", 2); }},
        {"an axis outside", bad, "outside of rank",
         [](ModelBuilder& m) { Image(m).Node("Softmax", {"image"}, {"y"}).Int("axis", 4); }},
        {"too little data", bad, "fewer elements",
         [](ModelBuilder& m) {
           Image(m).Floats("w", {3, 1, 1}, {1}).Node("Add", {"image", "w"}, {"y"});
         }},
        {"too much data", bad, "elements, not",
         [](ModelBuilder& m) {
           Image(m).Floats("w", {1}, {1, 2}).Node("Add", {"image", "w"}, {"y"});
         }},
        {"a huge tensor", bad, "too many elements",
         [](ModelBuilder& m) {
           Image(m).Floats("w", {1 << 30, 1 << 30, 1 << 30}, {1}).Node("Add", {"image", "w"}, {"y"});
         }},
        {"a negative dim", bad, "negative dimension",
         [](ModelBuilder& m) {
           Image(m).Floats("w", {-4}, {1}).Node("Add", {"image", "w"}, {"y"});
         }},
        {"a constant that would fill the memory", bad, "would have to be computed",
         [](ModelBuilder& m) {
           Image(m).Integers("n", {2}, {1 << 16, 1 << 14}).Node("ConstantOfShape", {"n"}, {"y"});
         }},
        {"an index outside", bad, "outside of axis",
         [](ModelBuilder& m) {
           Image(m).Integers("i", {}, {3}).Node("Gather", {"image", "i"}, {"y"}).Int("axis", 1);
         }},
        {"a weight of other channels", bad, "was expected",
         [](ModelBuilder& m) {
           Image(m).Floats("w", {1, 2, 1, 1}, {1, 1}).Node("Conv", {"image", "w"}, {"y"});
         }},
        {"endless recursion of functions", bad, "nested too deeply",
         [](ModelBuilder& m) {
           Image(m).Node("F", {"image"}, {"y"}).Domain("local");
           auto* function = m.proto().add_functions();
           function->set_name("F");
           function->set_domain("local");
           function->add_input("a");
           function->add_output("b");
           test::AddNode(*function, "F", {"a"}, {"b"}).Domain("local");
         }},
        {"no graph", bad, "no graph", [](ModelBuilder& m) { m.proto().clear_graph(); }},
        {"no opset for the default domain", bad, "no opset",
         [](ModelBuilder& m) {
           Image(m).Node("Relu", {"image"}, {"y"});
           m.proto().mutable_opset_import(0)->set_domain("other");
         }},
    });
  }

  TEST_CASE("the error names the file and the node") {
    ModelBuilder m(17);
    Image(m).Floats("w", {5}, {1, 1, 1, 1, 1}).Node("Add", {"image", "w"}, {"y"}).Name("blocks.3/add");
    TempFolder folder;
    const Status status = ImportOnnx(m.Write(folder / "model.onnx")).status();
    CHECK(status.where().find("model.onnx") != std::string::npos);
    CHECK(status.where().find("Add 'blocks.3/add'") != std::string::npos);
  }

  TEST_CASE("external data stays in the model's folder") {
    const auto bad = StatusCode::kBadPlan;
    Check({
        {"missing file", bad, "'weights.bin' is missing", [](ModelBuilder& m) { External(m, "weights.bin"); }},
        {"absolute path", bad, "not a path inside", [](ModelBuilder& m) { External(m, "/etc/passwd"); }},
        {"path upwards", bad, "leaves the model's folder", [](ModelBuilder& m) { External(m, "../w.bin"); }},
        {"path upwards in the middle", bad, "leaves the model's folder",
         [](ModelBuilder& m) { External(m, "a/../../w.bin"); }},
        {"no file named", bad, "names no file", [](ModelBuilder& m) { External(m, ""); }},
        {"the folder itself", bad, "is not a file", [](ModelBuilder& m) { External(m, "."); }},
        {"another length", bad, "has 13 bytes, not 12", [](ModelBuilder& m) { External(m, "model.onnx", "13"); }},
        {"a length that is no number", bad, "bad number", [](ModelBuilder& m) { External(m, "model.onnx", "-1"); }},
    });
    TempFolder outside, folder;
    test::WriteFile(outside / "secret", "123456789012");
    std::filesystem::create_symlink(outside / "secret", folder / "link.bin");
    ModelBuilder m(17);
    External(m, "link.bin");
    const Status linked = ImportOnnx(m.Write(folder / "model.onnx")).status();
    CHECK(linked.what().find("link out of the model's folder") != std::string::npos);
    test::WriteFile(folder / "short.bin", "1234");
    ModelBuilder truncated(17);
    External(truncated, "short.bin");
    const Status short_file = ImportOnnx(truncated.Write(folder / "model.onnx")).status();
    CHECK(short_file.what().find("ends after the end") != std::string::npos);
  }

  TEST_CASE("files that are no models") {
    TempFolder folder;
    CHECK(ImportOnnx(folder / "none.onnx").status().code() == StatusCode::kBadPlan);
    CHECK(ImportOnnx(folder / "").status().code() == StatusCode::kBadPlan);
    for (const std::string& bytes : {std::string(), std::string("\x89PNG\r\n"), std::string(1000, '\xff')}) {
      test::WriteFile(folder / "x.onnx", bytes);
      CHECK(ImportOnnx(folder / "x.onnx").status().code() == StatusCode::kBadPlan);
    }
  }

  TEST_CASE("truncated and flipped models end in a graph or an error, never in a crash") {
    ModelBuilder m(17);
    Image(m).Floats("w", {2, 3, 2, 2}, std::vector<float>(24, 0.5f)).Integers("target", {2}, {1, -1});
    m.Node("Conv", {"image", "w"}, {"a"}).Ints("strides", {2, 2}).Name("conv");
    m.Node("Reshape", {"a", "target"}, {"b"});
    m.Node("Softmax", {"b"}, {"y"}).Int("axis", -1);
    const std::string bytes = m.proto().SerializeAsString();
    TempFolder folder;
    auto import = [&](const std::string& damaged) {
      test::WriteFile(folder / "x.onnx", damaged);
      const auto graph = ImportOnnx(folder / "x.onnx");
      if (graph.ok()) CHECK(CheckGraph(*graph).ok());
      if (!graph.ok()) CHECK(!graph.status().what().empty());
    };
    for (size_t n = 0; n < bytes.size(); ++n) import(bytes.substr(0, n));
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
      std::string damaged = bytes;
      damaged[random() % damaged.size()] ^= static_cast<char>(1u << (random() % 8));
      import(damaged);
    }
  }
}

}  // namespace
}  // namespace vitrt::convert
