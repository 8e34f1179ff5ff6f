// The exported models of tests/golden: imported and evaluated by the reference evaluator, their logits are those that
// ONNX Runtime computed when the files were made.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "converters/graph/graph.h"
#include "converters/onnx/import.h"

namespace vitrt::convert {
namespace {

const std::string kFolder = std::string(VITRT_SOURCE_DIR) + "/tests/golden/";

// The data of a little-endian float32 .npy file, whatever its shape.
std::vector<float> ReadNpy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  REQUIRE(bytes.substr(0, 6) == "\x93NUMPY");
  REQUIRE(bytes.find("'<f4'") != std::string::npos);
  const size_t header = 10 + static_cast<uint8_t>(bytes[8]) + 256 * size_t{static_cast<uint8_t>(bytes[9])};
  std::vector<float> values((bytes.size() - header) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + header, values.size() * sizeof(float));
  return values;
}

void CheckModel(const nlohmann::json& model) {
  const std::string name = model["name"];
  INFO(name);
  auto graph = ImportOnnx(kFolder + name + ".onnx");
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  const std::vector<std::string> outputs = model["outputs"];
  REQUIRE(graph->outputs.size() == outputs.size());
  const std::vector<float> images = ReadNpy(kFolder + std::string(model["input"]));
  const Shape shape = graph->value(graph->input).shape;
  const size_t n = model["images"], per_image = static_cast<size_t>(NumElements(shape));
  REQUIRE(images.size() >= n * per_image);
  for (size_t i = 0; i < n; ++i) {
    const auto begin = images.begin() + static_cast<std::ptrdiff_t>(i * per_image);
    const auto results =
        EvaluateGraph(*graph, Tensor::FromF32(shape, {begin, begin + static_cast<std::ptrdiff_t>(per_image)}));
    REQUIRE_MESSAGE(results.ok(), results.status().ToString());
    for (size_t k = 0; k < outputs.size(); ++k) {
      INFO("output ", outputs[k], " image ", i);
      CHECK(graph->outputs[k].name == outputs[k]);
      const std::vector<float> expected = ReadNpy(kFolder + name + "." + outputs[k] + ".npy");
      const Tensor& logits = (*results)[k];
      const size_t classes = static_cast<size_t>(logits.size());
      REQUIRE(expected.size() == n * classes);
      double largest = 0, error = 0;
      for (size_t c = 0; c < classes; ++c) {
        const double e = expected[i * classes + c];
        largest = std::max(largest, std::fabs(e));
        error = std::max(error, std::fabs(e - logits.f32()[c]));
      }
      CHECK(error <= 1e-4 * largest);
    }
  }
}

TEST_SUITE("converters/onnx") {
  TEST_CASE("golden exports evaluate to the logits of ONNX Runtime") {
    std::ifstream file(kFolder + "manifest.json");
    const nlohmann::json manifest = nlohmann::json::parse(file);
    REQUIRE(!manifest["models"].empty());
    for (const auto& model : manifest["models"]) {
      SUBCASE(std::string(model["name"]).c_str()) { CheckModel(model); }
    }
  }
}

}  // namespace
}  // namespace vitrt::convert
