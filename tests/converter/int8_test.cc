// --precision int8: weights whose int16 sums are proved, plans whose every step is what the graph says.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>

#include "converters/cli/convert.h"
#include "converters/int8/quantize_weights.h"
#include "runtime/engine/inspect.h"
#include "runtime/engine/int8_check.h"
#include "vitrt/engine.h"

namespace vitrt::convert::test {
namespace {

namespace fs = std::filesystem;

struct PlanFile {
  std::string path = (fs::temp_directory_path() / ("vitrt_int8_test_" + std::to_string(::getpid()) + ".plan")).string();
  ~PlanFile() { fs::remove(path); }
};

ConvertOptions Options(const char* golden, const PlanFile& file) {
  ConvertOptions options;
  options.model = (fs::path(VITRT_SOURCE_DIR) / "tests/golden" / golden).string();
  options.output = file.path;
  options.verify = true;
  options.int8 = Int8Options{};
  return options;
}

TEST_CASE("int8 weights: rounding within half a unit, and a run of two groups is safe everywhere") {
  struct Filling {
    const char* name;
    std::function<double(std::mt19937&, int64_t, int64_t)> value;
  };
  const auto uniform = [](std::mt19937& r) { return static_cast<double>(r()) / 4294967296.0 - 0.5; };
  const Filling fillings[] = {
      {"random", [&](std::mt19937& r, int64_t, int64_t) { return uniform(r); }},
      {"all the same", [](std::mt19937&, int64_t, int64_t) { return 0.3; }},
      {"all the same, negative", [](std::mt19937&, int64_t, int64_t) { return -7.0; }},
      {"one huge among small", [&](std::mt19937& r, int64_t i, int64_t) { return i == 3 ? 100.0 : uniform(r); }},
      {"one huge among zeros", [](std::mt19937&, int64_t i, int64_t j) { return i == j ? -5.0 : 0.0; }},
      {"zeros", [](std::mt19937&, int64_t, int64_t) { return 0.0; }},
      {"tiny", [&](std::mt19937& r, int64_t, int64_t) { return 1e-30 * uniform(r); }},
      {"signs that alternate", [](std::mt19937&, int64_t i, int64_t) { return i % 2 == 0 ? 1.0 : -1.0; }},
  };
  for (const Filling& filling : fillings) {
    for (const auto& size : {std::pair<int64_t, int64_t>(37, 19), {384, 48}, {1, 1}}) {
      const int64_t k = size.first, n = size.second;
      INFO(filling.name, ", ", k, " x ", n);
      std::mt19937 random(5);
      std::vector<float> values;
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = 0; j < n; ++j) values.push_back(static_cast<float>(filling.value(random, i, j)));
      }
      const auto integers = QuantizeWeights(Tensor::FromF32({k, n}, values), 1);
      REQUIRE(integers.ok());
      const Int8Weights weights = PackInt8(*integers);
      for (int64_t i = 0; i < weights.runs.size(); ++i) CHECK(weights.runs.i32()[i] >= 2);
      const auto* q = weights.weight.data<int8_t>();
      for (int64_t j = 0; j < n; ++j) {
        const double scale = static_cast<double>(weights.scale.f32()[j]);
        CHECK(scale > 0);
        int32_t sum = 0;
        double largest = 0;
        for (int64_t i = 0; i < k; ++i) {
          const int integer = q[(i / 4 * n + j) * 4 + i % 4];
          const double w = static_cast<double>(values[static_cast<size_t>(i * n + j)]);
          sum += integer;
          largest = std::max(largest, std::abs(w));
          CHECK(std::abs(integer) <= 127);
          CHECK(std::abs(w - scale * integer) <= 0.50001 * scale);
        }
        CHECK(weights.column_sums.i32()[j] == sum);
        if (largest > 0) CHECK(largest / scale > 30);  // four alike in a lane leave 32 of the 127
      }
    }
  }
  const auto wrong = QuantizeWeights(Tensor::FromF32({2, 1}, {1.0f, NAN}), 1);
  CHECK(wrong.status().code() == StatusCode::kUnsupported);
}

TEST_CASE("int8 weights of a convolution: a run of two groups is safe in every tap") {
  for (const auto& [per_group, groups] : {std::pair<int64_t, int64_t>(12, 1), {6, 2}, {16, 3}}) {
    const int64_t cout = 20 * groups;
    CAPTURE(cout);
    std::mt19937 random(3);
    std::vector<float> values;
    for (int64_t i = 0; i < 9 * per_group * cout; ++i) values.push_back(static_cast<float>(random() % 1000) - 300);
    const auto integers = QuantizeWeights(Tensor::FromF32({3, 3, per_group, cout}, values), groups);
    REQUIRE(integers.ok());
    const Int8Weights weights = PackInt8(*integers);
    CHECK(weights.weight.shape == Shape{3, 3, (per_group + 3) / 4, cout});
    CHECK(weights.runs.shape == Shape{groups * 2, 9 * ((per_group + 15) / 16)});
    for (int64_t i = 0; i < weights.runs.size(); ++i) CHECK(weights.runs.i32()[i] >= 2);
    for (int64_t i = 0; i < static_cast<int64_t>(values.size()); ++i) {
      const double scale = static_cast<double>(weights.scale.f32()[i % cout]);
      const double w = static_cast<double>(values[static_cast<size_t>(i)]);
      CHECK(std::abs(w - scale * integers->values[static_cast<size_t>(i)]) <= 0.50001 * scale);
    }
  }
}

TEST_CASE("int8 plans of golden models: every step verifies, on bytes that are the same each time") {
  for (const char* name :
       {"vit_token_ts17.onnx", "swin_official_ts17.onnx", "dynp_resnet_ts17.onnx", "dynp_regnet_ts17.onnx"}) {
    CAPTURE(name);
    PlanFile file;
    const auto report = Convert(Options(name, file));
    REQUIRE_MESSAGE(report.ok(), report.status().ToString());
    REQUIRE(!report->step_errors.empty());
    const auto quantised = std::count_if(report->int8_layers.begin(), report->int8_layers.end(),
                                         [](const Int8Layer& l) { return l.kept.empty(); });
    CHECK(quantised >= 1);
    CHECK(std::count_if(report->step_errors.begin(), report->step_errors.end(),
                        [](const StepError& e) { return e.op == "LinearI8" || e.op == "ConvI8"; }) == quantised);
    for (const OutputError& error : report->errors) CHECK(std::isfinite(error.error));
    const auto engine = Engine::Load(file.path);
    REQUIRE(engine.ok());
    CHECK(PrecisionOf(*engine) == "int8");
    CHECK(CheckInt8Layers(*engine).ok());
  }
}

TEST_CASE("models that come quantised compute as they say, on int8 or in fp32") {
  for (const char* kind : {"vit_token_ts17_qdq", "vit_token_ts17_qdq_tensor", "vit_token_ts17_qoperator",
                           "vit_token_ts17_dynamic", "vit_token_ts17_dynamic_u8", "dynp_regnet_ts17_qdq",
                           "dynp_regnet_ts17_qoperator", "dynp_regnet_ts17_dynamic"}) {
    CAPTURE(kind);
    PlanFile file;
    ConvertOptions options = Options((std::string("quantised/") + kind + ".onnx").c_str(), file);
    options.int8.reset();
    const auto int8 = Convert(options);
    REQUIRE_MESSAGE(int8.ok(), int8.status().ToString());
    CHECK(int8->int8);
    const auto as_given = std::count_if(int8->int8_layers.begin(), int8->int8_layers.end(),
                                        [](const Int8Layer& l) { return l.kept.empty() && l.as_given; });
    const bool nine_bits = std::string(kind) == "vit_token_ts17_dynamic_u8";  // an uint8 weight less its zero point
    CHECK(as_given >= (nine_bits ? 0 : 4));
    for (const OutputError& error : int8->errors) CHECK_MESSAGE(error.error < 0.02, error.name);
    options.fp32 = true;
    const auto fp32 = Convert(options);
    REQUIRE_MESSAGE(fp32.ok(), fp32.status().ToString());
    CHECK(!fp32->int8);
    CHECK(fp32->int8_layers.empty());
    for (const OutputError& error : fp32->errors) CHECK_MESSAGE(error.error < 0.02, error.name);
  }
  PlanFile file;
  ConvertOptions options = Options("quantised/vit_token_ts17_weights.onnx", file);  // nothing is rounded
  options.int8.reset();
  const auto weights = Convert(options);
  REQUIRE_MESSAGE(weights.ok(), weights.status().ToString());
  CHECK(!weights->int8);
  for (const OutputError& error : weights->errors) CHECK(error.error < kVerifyTolerance);
}

TEST_CASE("--int8-keep: a layer by its name, and a name that no layer has") {
  PlanFile file;
  ConvertOptions options = Options("vit_token_ts17.onnx", file);
  const auto all = Convert(options);
  REQUIRE(all.ok());
  const auto first =
      std::find_if(all->int8_layers.begin(), all->int8_layers.end(), [](const Int8Layer& l) { return l.kept.empty(); });
  REQUIRE(first != all->int8_layers.end());
  options.int8->keep = {first->name};
  const auto kept = Convert(options);
  REQUIRE(kept.ok());
  CHECK(kept->int8_layers[static_cast<size_t>(first - all->int8_layers.begin())].kept == "named by --int8-keep");
  options.int8->keep = {"no such node"};
  const auto wrong = Convert(options);
  CHECK(wrong.status().code() == StatusCode::kInvalidArgument);
  CHECK(wrong.status().ToString().find("no such node") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::convert::test
