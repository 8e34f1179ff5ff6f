#include "runtime/cli/infer/npy.h"

#include <cstring>

#include "doctest/doctest.h"

namespace vitrt::cli {
namespace {

std::vector<std::byte> Bytes(const std::string& text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

// A file of version 1.0 with this header and `values` floats.
std::vector<std::byte> File(const std::string& header, size_t values) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += {static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return Bytes(text + header + std::string(values * 4, 'x'));
}

TEST_CASE("what is written reads back, for every number of axes") {
  const std::vector<std::vector<int64_t>> shapes = {{}, {3}, {2, 3}, {1, 3, 2, 2}, {0, 4}};
  for (const std::vector<int64_t>& shape : shapes) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.1f;
    const auto file = EncodeNpy("<f4", shape, std::as_bytes(std::span(values)));
    CHECK((file.size() - values.size() * 4) % 64 == 0);
    const auto tensor = ParseNpy(file);
    REQUIRE_MESSAGE(tensor.ok(), tensor.status().ToString());
    CHECK(tensor->shape == shape);
    CHECK(tensor->values == values);
  }
}

TEST_CASE("reads headers as NumPy may write them") {
  for (const char* header : {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n",
                             "{'shape':(2,3,),'descr':'<f4','fortran_order':False}",
                             "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2, 3)}\n"}) {
    CAPTURE(header);
    const auto tensor = ParseNpy(File(header, 6));
    REQUIRE_MESSAGE(tensor.ok(), tensor.status().ToString());
    CHECK(tensor->shape == std::vector<int64_t>{2, 3});
  }
}

TEST_CASE("refuses what it cannot read exactly, and says why") {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
  const struct {
    const char* title;
    std::vector<std::byte> file;
    const char* expected;
  } cases[] = {
      {"nothing", {}, "not a .npy file"},
      {"another format", Bytes("P5 1 1 255 x"), "not a .npy file"},
      {"a signature alone", Bytes("\x93NUMPY"), "truncated .npy file"},
      {"an unknown version", Bytes(std::string("\x93NUMPY\x09\x00\x00\x00", 10)), "unknown version of the .npy format"},
      {"a header longer than the file", Bytes(std::string("\x93NUMPY\x01\x00\xff\xff{", 11)), "truncated .npy file"},
      {"too few values", File(good, 5), "truncated .npy file"},
      {"too many values", File(good, 7), ".npy file with bytes after its values"},
      {"float64", File("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 12),
       "values of type '<f8', not float32"},
      {"big-endian", File("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", 6),
       "values of type '>f4', not float32"},
      {"bytes", File("{'descr': '|u1', 'fortran_order': False, 'shape': (24,), }", 6),
       "values of type '|u1', not float32"},
      {"records", File("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", 6),
       "values that are not plain numbers"},
      {"Fortran order", File("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 6),
       "array in Fortran order"},
      {"no shape", File("{'descr': '<f4', 'fortran_order': False, }", 6), "malformed .npy header"},
      {"an unknown key", File("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}", 6),
       "malformed .npy header"},
      {"a negative size", File("{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }", 6),
       "malformed .npy header"},
      {"sizes that overflow",
       File("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", 6),
       "truncated .npy file"},
      {"text after the dict", File(good + "x", 6), "malformed .npy header"},
      {"an unfinished dict", File("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)", 6),
       "malformed .npy header"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.title);
    const auto tensor = ParseNpy(c.file);
    REQUIRE(!tensor.ok());
    CHECK(tensor.status().code() == StatusCode::kBadInput);
    CHECK(tensor.status().what() == c.expected);
  }
}

TEST_CASE("every truncation of a file is refused") {
  const std::vector<float> values(6);
  const std::vector<int64_t> shape = {2, 3};
  const auto file = EncodeNpy("<f4", shape, std::as_bytes(std::span(values)));
  for (size_t length = 0; length < file.size(); ++length) {
    const std::vector<std::byte> part(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
    CHECK(!ParseNpy(part).ok());
  }
}

TEST_CASE("uint8 is taken where the model takes bytes, beside float32") {
  const int64_t shape[] = {3};
  const uint8_t values[] = {0, 7, 255};
  const std::vector<std::byte> file = EncodeNpy("|u1", shape, std::as_bytes(std::span(values)));
  const auto tensor = ParseNpy(file, true);
  REQUIRE_MESSAGE(tensor.ok(), tensor.status().ToString());
  CHECK(tensor->shape == std::vector<int64_t>{3});
  CHECK(tensor->values == std::vector<float>{0, 7, 255});
  CHECK(ParseNpy(file).status().code() == StatusCode::kBadInput);
  CHECK(ParseNpy(std::span(file).first(file.size() - 1), true).status().code() == StatusCode::kBadInput);
  const float floats[] = {1, 2, 3};
  const std::vector<std::byte> wide = EncodeNpy("<f4", shape, std::as_bytes(std::span(floats)));
  CHECK(ParseNpy(wide, true)->values == std::vector<float>{1, 2, 3});
}

}  // namespace
}  // namespace vitrt::cli
