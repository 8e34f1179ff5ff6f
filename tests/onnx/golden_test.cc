// The exported models of tests/golden: imported and evaluated by the reference evaluator, their outputs are those that
// ONNX Runtime computed when the files were made: logits within 1e-4 of the largest, token ids equal; quantised models
// within 2 %, since a rounding that falls the other way moves everything behind it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "converters/graph/graph.h"
#include "converters/onnx/import.h"

namespace vitrt::convert {
namespace {

const std::string kFolder = std::string(VITRT_SOURCE_DIR) + "/tests/golden/";

// The data of a little-endian .npy file of the element type T, whatever its shape.
template <typename T>
std::vector<T> ReadNpy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  REQUIRE(bytes.substr(0, 6) == "\x93NUMPY");
  REQUIRE(bytes.find(std::is_same_v<T, float> ? "'<f4'" : "'<i8'") != std::string::npos);
  const size_t header = 10 + static_cast<uint8_t>(bytes[8]) + 256 * size_t{static_cast<uint8_t>(bytes[9])};
  std::vector<T> values((bytes.size() - header) / sizeof(T));
  std::memcpy(values.data(), bytes.data() + header, values.size() * sizeof(T));
  return values;
}

// What the model made of image i of `expected`, the stored output of all n images.
void CheckLogits(const Tensor& got, const std::vector<float>& expected, size_t i, size_t n, double tolerance) {
  const size_t classes = static_cast<size_t>(got.size());
  REQUIRE(expected.size() == n * classes);
  double largest = 0, error = 0;
  for (size_t c = 0; c < classes; ++c) {
    const double e = expected[i * classes + c];
    largest = std::max(largest, std::fabs(e));
    REQUIRE(std::isfinite(got.f32()[c]));
    error = std::max(error, std::fabs(e - got.f32()[c]));
  }
  CHECK(error <= tolerance * largest);
}

void CheckIds(const Tensor& got, const std::vector<int64_t>& expected, size_t i, size_t n) {
  const size_t ids = static_cast<size_t>(got.size());
  REQUIRE(got.dtype == DType::I64);
  REQUIRE(expected.size() == n * ids);
  CHECK(std::equal(got.i64(), got.i64() + ids, expected.begin() + static_cast<std::ptrdiff_t>(i * ids)));
}

void CheckModel(const nlohmann::json& model) {
  const std::string name = model["name"];
  INFO(name);
  auto graph = ImportOnnx(kFolder + name + ".onnx");
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  const std::vector<std::string> outputs = model["outputs"];
  REQUIRE(graph->outputs.size() == outputs.size());
  const std::vector<float> images = ReadNpy<float>(kFolder + std::string(model["input"]));
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
      const std::string file = kFolder + name + "." + outputs[k] + ".npy";
      const Tensor& got = (*results)[k];
      if (got.dtype == DType::F32) {
        CheckLogits(got, ReadNpy<float>(file), i, n, model.value("tolerance", 1e-4));
      } else {
        CheckIds(got, ReadNpy<int64_t>(file), i, n);
      }
    }
  }
}

TEST_SUITE("converters/onnx") {
  TEST_CASE("golden exports evaluate to the logits of ONNX Runtime") {
    for (const char* list : {"manifest.json", "quantised/manifest.json"}) {
      std::ifstream file(kFolder + list);
      const nlohmann::json manifest = nlohmann::json::parse(file);
      REQUIRE(!manifest["models"].empty());
      for (const auto& model : manifest["models"]) {
        SUBCASE(std::string(model["name"]).c_str()) { CheckModel(model); }
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::convert
