// Rows against the whole image that Decode gives.
#include "runtime/image/rows.h"

#include <algorithm>
#include <string>

#include "doctest/doctest.h"
#include "tests/image/golden.h"

namespace vitrt::image {
namespace {

std::vector<std::string> GoldenNames() {
  std::vector<std::string> names;
  const Golden golden;
  for (Golden::Case& c : golden.Cases("decode")) {
    names.emplace_back();
    c.fields >> names.back();
  }
  return names;
}

// Everything that `reader` gives, `at_once` rows at a time.
Status ReadAll(RowReader* reader, int64_t at_once, std::vector<uint8_t>* pixels) {
  const int64_t row = reader->width * reader->channels();
  pixels->assign(static_cast<size_t>(reader->height * row), 0);
  for (int64_t y = 0; y < reader->height; y += at_once) {
    const int64_t rows = std::min(at_once, reader->height - y);
    if (Status status = reader->Read(rows, pixels->data() + y * row); !status.ok()) return status;
  }
  return {};
}

TEST_CASE("rows of every kind of file are those of the whole image, however many are read at once") {
  for (const std::string& name : GoldenNames()) {
    CAPTURE(name);
    const std::vector<std::byte> file = ReadGoldenFile(name);
    for (const int bits : {16, 12}) {
      DecodedImage whole;
      whole.depth.bits = bits;
      REQUIRE(DecodeInto(file, &whole).ok());
      for (const int64_t at_once : {int64_t{1}, int64_t{7}, whole.height}) {
        auto reader = OpenRows(file, bits);
        REQUIRE_MESSAGE(reader.ok(), reader.status().ToString());
        CHECK((*reader)->width == whole.width);
        CHECK((*reader)->height == whole.height);
        CHECK((*reader)->format == whole.format);
        std::vector<uint8_t> pixels;
        const Status status = ReadAll(reader->get(), at_once, &pixels);
        CHECK_MESSAGE(status.ok(), status.ToString());
        CHECK(pixels == whole.pixels);
        CHECK((*reader)->depth.seen == whole.depth.seen);
      }
    }
  }
}

TEST_CASE("a truncated file is an error on opening or on reading, or the whole image") {
  for (const std::string& name : GoldenNames()) {
    CAPTURE(name);
    const std::vector<std::byte> file = ReadGoldenFile(name);
    const auto whole = Decode(file);
    for (const size_t size : {file.size() / 4, file.size() / 2, file.size() - file.size() / 8, file.size() - 1}) {
      auto reader = OpenRows(std::span(file).first(size), 16);
      if (!reader.ok()) {
        CHECK(reader.status().code() == StatusCode::kBadInput);
        continue;
      }
      std::vector<uint8_t> pixels;
      const Status status = ReadAll(reader->get(), 5, &pixels);
      if (status.ok()) {
        CHECK(pixels == whole->pixels);
      } else {
        CHECK(status.code() == StatusCode::kBadInput);
      }
    }
  }
}

TEST_CASE("what is no image is refused") {
  for (const char* text : {"", "text", "P5 0 4 255\n", "P5 4 4 255\nxx", "P9 4 4 255\n"}) {
    const std::string file = text;
    const auto reader = OpenRows(std::as_bytes(std::span(file)), 16);
    CAPTURE(file);
    REQUIRE(!reader.ok());
    CHECK(reader.status().code() == StatusCode::kBadInput);
  }
}

}  // namespace
}  // namespace vitrt::image
