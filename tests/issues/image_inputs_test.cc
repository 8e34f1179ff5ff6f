// Image inputs that were refused, or took tensors only: channels last (nhwc_input), bytes (uint8_input), symbolic
// channels (open_channels). Each model here is a twin of one that takes [n, c, h, w] floats, and gives the same logits.
#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <optional>

#include "converters/cli/convert.h"
#include "runtime/base/file_bytes.h"
#include "tests/issues/run_model.h"
#include "vitrt/session.h"

namespace vitrt::test {
namespace {

using T = ::onnx::TensorProto;
constexpr int64_t kHeight = 6, kWidth = 8, kClasses = 4;

// `maps` [1, c, 6, 8] -> "logits": a convolution, the mean over the map, a linear layer.
void Classifier(ModelBuilder& m, const std::string& maps, int64_t channels, const std::string& logits = "logits") {
  m.Floats("w", {5, channels, 3, 3}, Numbers(5 * channels * 9)).Floats("h", {5, kClasses}, Numbers(5 * kClasses, 2));
  m.Node("Conv", {maps, "w"}, {"c"}).Ints("pads", {1, 1, 1, 1});
  m.Node("Relu", {"c"}, {"r"});
  m.Node("GlobalAveragePool", {"r"}, {"p"});
  m.Node("Flatten", {"p"}, {"f"});
  m.Node("MatMul", {"f", "h"}, {logits});
}

// A colour or grey image of 13 x 11 pixels, as a file.
std::string Picture(bool grey) {
  std::string file = std::string(grey ? "P5" : "P6") + "\n13 11\n255\n";
  for (const float x : Numbers(13 * 11 * (grey ? 1 : 3), 7)) file += static_cast<char>(static_cast<int>((x + 2) * 63));
  return file;
}

struct Output {
  std::vector<float> logits;
  std::vector<float> input;  // as Session::RunTensor takes it
  std::vector<int64_t> dims;
  ElementType type = ElementType::kFloat32;
};

// Converts, and classifies the picture, or `tensor` where one is given.
Result<Output> Run(const ModelBuilder& m, const convert::RecipeOptions& recipe, const std::string& picture,
                   std::optional<int64_t> size = {}, const std::vector<float>* tensor = nullptr) {
  TempFolder folder;
  convert::ConvertOptions options;
  options.model = m.Write(folder / "model.onnx");
  options.output = folder / "model.plan";
  options.recipe = recipe;
  options.verify = true;
  if (size) options.input_height = kHeight, options.input_width = kWidth;
  const auto report = convert::Convert(options);
  if (!report.ok()) return report.status();
  const auto engine = Engine::Load(options.output);
  if (!engine.ok()) return engine.status();
  auto session = Session::Create(*engine, {.threads = 1});
  if (!session.ok()) return session.status();
  Output output{{}, {}, engine->info().input.dims, engine->info().input.type};
  if (tensor != nullptr) {
    const auto p = session->RunTensor(*tensor, 1);
    if (!p.ok()) return p.status();
    output.logits.assign((*p)[0].logits.begin(), (*p)[0].logits.end());
  } else {
    const auto p = session->RunFile(std::as_bytes(std::span(picture)));
    if (!p.ok()) return p.status();
    output.logits.assign(p->logits.begin(), p->logits.end());
  }
  return output;
}

void CheckClose(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(2e-5));
}

struct Case {
  const char* title;
  int64_t channels;
  std::function<void(ModelBuilder&)> build;
  convert::RecipeOptions recipe{};  // of the twin that takes floats [1, c, 6, 8]; the model itself gets none
  bool open = false;                // the size comes from options
};

const convert::RecipeOptions kUnit = [] {
  convert::RecipeOptions recipe;
  recipe.mean = "0", recipe.std = "1";
  return recipe;
}();

std::vector<Case> Cases() {
  const auto transpose = [](ModelBuilder& m, const std::string& from, const std::string& to) {
    m.Node("Transpose", {from}, {to}).Ints("perm", {0, 3, 1, 2});
  };
  const auto divided = [](ModelBuilder& m, const std::string& from, const std::string& to) {
    m.Floats("255", {}, {255}).Node("Cast", {from}, {"float"}).Int("to", T::FLOAT);
    m.Node("Div", {"float", "255"}, {to});
  };
  return {
      {"channels last, floats", 3,
       [=](ModelBuilder& m) {
         m.Input("x", {1, kHeight, kWidth, 3});
         transpose(m, "x", "t");
         Classifier(m, "t", 3);
       }},
      {"channels last, grey", 1,
       [=](ModelBuilder& m) {
         m.Input("x", {-1, kHeight, kWidth, 1});
         transpose(m, "x", "t");
         Classifier(m, "t", 1);
       }},
      {"channels last, preprocessing before the transpose", 3,
       [=](ModelBuilder& m) {
         m.Input("x", {1, kHeight, kWidth, 3}).Floats("mean", {3}, {0, 0, 0});
         m.Node("Sub", {"x", "mean"}, {"s"});
         transpose(m, "s", "t");
         Classifier(m, "t", 3);
       }},
      {"channels last, all sizes open",
       3,
       [=](ModelBuilder& m) {
         m.Input("x", {-1, -1, -1, -1});
         transpose(m, "x", "t");
         Classifier(m, "t", 3);
       },
       {},
       true},
      {"channels last, size open",
       3,
       [=](ModelBuilder& m) {
         m.Input("x", {-1, -1, -1, 3});
         transpose(m, "x", "t");
         Classifier(m, "t", 3);
       },
       {},
       true},
      {"channels first, all sizes open",
       3,
       [](ModelBuilder& m) {
         m.Input("x", {-1, -1, -1, -1});
         Classifier(m, "x", 3);
       },
       {},
       true},
      {"channels first, all sizes open, grey, weights behind an Identity",
       1,
       [](ModelBuilder& m) {
         m.Input("x", {-1, -1, -1, -1}).Floats("same", {5, 1, 1, 1}, {1, 1, 1, 1, 1});
         m.Floats("one", {1, 1, 1, 1}, {1}).Node("Identity", {"one"}, {"v"});
         m.Node("Conv", {"x", "v"}, {"t"});
         Classifier(m, "t", 1);
       },
       {},
       true},
      {"bytes, channels last", 3,
       [=](ModelBuilder& m) {
         m.Input("x", {1, kHeight, kWidth, 3}, T::UINT8);
         divided(m, "x", "d");
         transpose(m, "d", "t");
         Classifier(m, "t", 3);
       },
       kUnit},
      {"bytes, channels last, turned before they are floats", 3,
       [=](ModelBuilder& m) {
         m.Input("x", {1, kHeight, kWidth, 3}, T::UINT8);
         transpose(m, "x", "t");
         divided(m, "t", "d");
         Classifier(m, "d", 3);
       },
       kUnit},
      {"bytes, channels first", 3,
       [=](ModelBuilder& m) {
         m.Input("x", {1, 3, kHeight, kWidth}, T::UINT8);
         divided(m, "x", "d");
         Classifier(m, "d", 3);
       },
       kUnit},
      {"bytes, grey, size open", 1,
       [=](ModelBuilder& m) {
         m.Input("x", {-1, 1, -1, -1}, T::UINT8);
         divided(m, "x", "d");
         Classifier(m, "d", 1);
       },
       kUnit, true},
      {"half floats", 3,
       [](ModelBuilder& m) {
         m.Input("x", {1, 3, kHeight, kWidth}, T::FLOAT16).Node("Cast", {"x"}, {"numbers"}).Int("to", T::FLOAT);
         Classifier(m, "numbers", 3);
       }},
  };
}

TEST_CASE("images of every layout and type that models take give the logits of their twins in floats") {
  for (const Case& c : Cases()) {
    CAPTURE(c.title);
    ModelBuilder model(17), twin(17);
    model.Output("logits");
    c.build(model);
    twin.Output("logits").Input("x", {1, c.channels, kHeight, kWidth});
    Classifier(twin, "x", c.channels);
    const std::string picture = Picture(c.channels == 1);
    const auto got = Run(model, {}, picture, c.open ? std::optional<int64_t>(1) : std::nullopt);
    const auto expected = Run(twin, c.recipe, picture);
    REQUIRE_MESSAGE(got.ok(), got.status().ToString());
    REQUIRE_MESSAGE(expected.ok(), expected.status().ToString());
    CheckClose(got->logits, expected->logits);
  }
}

TEST_CASE("tensors are in the model's own layout and type") {
  ModelBuilder last(17), first(17), bytes(17);
  last.Output("logits").Input("x", {1, kHeight, kWidth, 3});
  last.Node("Transpose", {"x"}, {"t"}).Ints("perm", {0, 3, 1, 2});
  Classifier(last, "t", 3);
  first.Output("logits").Input("x", {1, 3, kHeight, kWidth});
  Classifier(first, "x", 3);
  std::vector<float> chw, hwc(3 * kHeight * kWidth);
  for (size_t i = 0; i < hwc.size(); ++i) chw.push_back(static_cast<float>(i * 37 % 256));
  for (size_t i = 0; i < hwc.size(); ++i) hwc[i % (kHeight * kWidth) * 3 + i / (kHeight * kWidth)] = chw[i];
  const auto expected = Run(first, {}, "", {}, &chw);
  const auto got = Run(last, {}, "", {}, &hwc);
  REQUIRE_MESSAGE(expected.ok(), expected.status().ToString());
  REQUIRE_MESSAGE(got.ok(), got.status().ToString());
  CheckClose(got->logits, expected->logits);
  CHECK(got->dims == std::vector<int64_t>{1, kHeight, kWidth, 3});
  CHECK(got->type == ElementType::kFloat32);

  bytes.Output("logits")
      .Input("x", {1, 3, kHeight, kWidth}, T::UINT8)
      .Node("Cast", {"x"}, {"numbers"})
      .Int("to", T::FLOAT);
  Classifier(bytes, "numbers", 3);
  const auto whole = Run(bytes, {}, "", {}, &chw);
  REQUIRE_MESSAGE(whole.ok(), whole.status().ToString());
  CheckClose(whole->logits, expected->logits);
  CHECK(whole->type == ElementType::kUint8);
  for (const float wrong : {0.5f, -1.0f, 256.0f, std::numeric_limits<float>::quiet_NaN()}) {
    CAPTURE(wrong);
    std::vector<float> tensor = chw;
    tensor[5] = wrong;
    CHECK(Run(bytes, {}, "", {}, &tensor).status().code() == StatusCode::kBadInput);
  }
}

TEST_CASE("inputs that are no image are refused, with what to export") {
  const struct {
    const char* title;
    std::function<void(ModelBuilder&)> build;
    std::vector<const char*> words;
  } cases[] = {
      {"int64",
       [](ModelBuilder& m) {
         m.Input("ids", {1, 3, 4, 4}, T::INT64).Node("Identity", {"ids"}, {"y"});
       },
       {"INT64", "ids", "export the model with a float32 or uint8 input"}},
      {"float64",
       [](ModelBuilder& m) {
         m.Input("x", {1, 3, 4, 4}, T::DOUBLE).Node("Identity", {"x"}, {"y"});
       },
       {"DOUBLE", "export the model with a float32 or uint8 input"}},
      {"int8",
       [](ModelBuilder& m) {
         m.Input("x", {1, 3, 4, 4}, T::INT8).Node("Identity", {"x"}, {"y"});
       },
       {"INT8", "float32 or uint8"}},
      {"two inputs",
       [](ModelBuilder& m) {
         m.Input("pixel_values", {-1, 3, 4, 4}).Input("bool_masked_pos", {-1, 16}, T::BOOL);
         m.Node("Identity", {"pixel_values"}, {"y"});
       },
       {"2 inputs", "pixel_values FLOAT[N, 3, 4, 4], bool_masked_pos BOOL[N, 16]", "with the image alone"}},
      {"no input", [](ModelBuilder& m) { m.Node("Constant", {}, {"y"}).Float("value_float", 1); }, {"0 inputs"}},
      {"three dims",
       [](ModelBuilder& m) {
         m.Input("x", {1, 4, 4}).Node("Relu", {"x"}, {"y"});
       },
       {"four dims", "channels last"}},
      {"open channels that no convolution tells",
       [](ModelBuilder& m) {
         m.Input("x", {1, -1, 4, 4}).Node("Relu", {"x"}, {"y"});
       },
       {"number of channels is not fixed", "no convolution"}},
      {"open size",
       [](ModelBuilder& m) {
         m.Input("x", {1, 3, -1, 4}).Node("Relu", {"x"}, {"y"});
       },
       {"--input-size"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.title);
    ModelBuilder m(17);
    m.Output("y");
    c.build(m);
    TempFolder folder;
    const Status status = convert::ImportOnnx(m.Write(folder / "model.onnx")).status();
    CHECK(status.code() == StatusCode::kUnsupported);
    const std::string text = status.ToString() + " | " + status.hint();
    for (const char* word : c.words) CHECK_MESSAGE(text.find(word) != std::string::npos, text);
  }
}

TEST_CASE("mean and std are in units of 0 to 1 or of 0 to 255, and never silently of both") {
  ModelBuilder m(17);
  m.Output("logits").Input("x", {1, 3, kHeight, kWidth});
  Classifier(m, "x", 3);
  const auto run = [&](const char* mean, const char* std, const char* range) {
    convert::RecipeOptions recipe;
    recipe.mean = mean, recipe.std = std, recipe.range = range;
    return Run(m, recipe, Picture(false));
  };
  const auto unit = run("0.4,0.5,0.6", "0.2,0.25,0.3", "");
  REQUIRE_MESSAGE(unit.ok(), unit.status().ToString());
  for (const char* range : {"", "255"}) {
    const auto bytes = run("102,127.5,153", "51,63.75,76.5", range);
    REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
    CheckClose(bytes->logits, unit->logits);
  }
  CheckClose(run("0", "255", "")->logits, run("0", "1", "")->logits);
  CheckClose(run("0", "1", "1")->logits, run("0", "1", "")->logits);
  CHECK(run("0", "1", "255")->logits != run("0", "1", "")->logits);  // bytes as they are
  for (const auto& [mean, std, range] :
       {std::tuple("123.675", "", ""), std::tuple("123.675,116.28,103.53", "0.229", ""),
        std::tuple("0.485", "58.4", ""), std::tuple("123.675", "58.4", "1"), std::tuple("0.485", "0.229", "255"),
        std::tuple("0.5", "0.5", "100")}) {
    const std::string given = mean;
    CAPTURE(given);
    CHECK(run(mean, std, range).status().code() == StatusCode::kInvalidArgument);
  }
  CHECK(run("0.5", "2", "1").ok());  // said on purpose
}

TEST_CASE("a model that takes bytes normalizes them itself") {
  ModelBuilder m(17);
  m.Output("logits").Input("x", {1, 3, kHeight, kWidth}, T::UINT8).Node("Cast", {"x"}, {"numbers"}).Int("to", T::FLOAT);
  Classifier(m, "numbers", 3);
  convert::RecipeOptions recipe;
  recipe.mean = "0.5";
  const Status status = Run(m, recipe, Picture(false)).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK_MESSAGE(status.what().find("takes bytes") != std::string::npos, status.ToString());
  recipe = {};
  recipe.interpolation = "nearest";
  CHECK(Run(m, recipe, Picture(false)).ok());
}

}  // namespace
}  // namespace vitrt::test
