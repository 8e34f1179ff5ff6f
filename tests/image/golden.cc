#include "tests/image/golden.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "doctest/doctest.h"

namespace vitrt::image {
namespace {

// Bytes that a case has in golden.bin, by the fields after its kind.
size_t ByteCount(const std::string& kind, std::istringstream fields) {
  std::string text;
  size_t channels = 0, a = 0, b = 0, c = 0, d = 0;
  if (kind == "decode") {
    fields >> text >> a >> b >> channels;
    return a * b * channels;
  }
  if (kind == "resize") {
    fields >> channels >> a >> b >> text >> c >> d;
    return channels * (a * b + c * d);
  }
  if (kind == "preprocess") {
    fields >> text >> channels >> text >> a >> b >> text >> c >> d >> a >> b;
    return channels * a * b * sizeof(float);
  }
  return 0;
}

}  // namespace

std::vector<std::byte> ReadGoldenFile(const std::string& name) {
  std::ifstream file(std::string(VITRT_SOURCE_DIR) + "/tests/image/golden/" + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), name);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

Golden::Golden() : text_(ReadGoldenFile("golden.txt")), bytes_(ReadGoldenFile("golden.bin")) {}

std::vector<Golden::Case> Golden::Cases(std::string_view kind) const {
  std::istringstream text(std::string(reinterpret_cast<const char*>(text_.data()), text_.size()));
  std::vector<Case> cases;
  size_t at = 0;
  for (std::string line; std::getline(text, line);) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    const std::string rest = line.substr(name.size());
    const size_t count = ByteCount(name, std::istringstream(rest));
    REQUIRE(at + count <= bytes_.size());
    if (name == kind) {
      cases.push_back({name, std::istringstream(rest), reinterpret_cast<const uint8_t*>(bytes_.data()) + at, count});
    }
    at += count;
  }
  REQUIRE(at == bytes_.size());
  REQUIRE(!cases.empty());
  return cases;
}

Interpolation ParseFilter(const std::string& name) {
  static const std::map<std::string, Interpolation> names = {{"nearest", Interpolation::kNearest},
                                                             {"box", Interpolation::kBox},
                                                             {"bilinear", Interpolation::kBilinear},
                                                             {"bicubic", Interpolation::kBicubic},
                                                             {"lanczos", Interpolation::kLanczos}};
  return names.at(name);
}

}  // namespace vitrt::image
