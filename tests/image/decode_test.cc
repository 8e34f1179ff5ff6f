#include "runtime/image/decode.h"

#include <random>
#include <string>

#include "doctest/doctest.h"
#include "tests/image/golden.h"

namespace vitrt::image {
namespace {

std::vector<std::byte> Bytes(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

// A grey expectation also accepts an RGB image with three equal channels.
bool SamePixels(const DecodedImage& image, const uint8_t* expected, int channels) {
  const int got = image.channels();
  if (got < channels) return false;
  for (int64_t i = 0; i < image.width * image.height; ++i) {
    for (int c = 0; c < got; ++c) {
      if (image.pixels[static_cast<size_t>(i * got + c)] != expected[i * channels + (channels == 1 ? 0 : c)])
        return false;
    }
  }
  return true;
}

struct DecodeCase {
  std::string name;
  int64_t width = 0, height = 0;
  int channels = 0;
  const uint8_t* expected = nullptr;
  std::vector<std::byte> file;
};

std::vector<DecodeCase> DecodeCases(const Golden& golden) {
  std::vector<DecodeCase> cases;
  for (Golden::Case& c : golden.Cases("decode")) {
    DecodeCase d;
    c.fields >> d.name >> d.width >> d.height >> d.channels;
    d.expected = c.bytes;
    d.file = ReadGoldenFile(d.name);
    cases.push_back(std::move(d));
  }
  return cases;
}

bool Matches(const DecodeCase& c, const DecodedImage& image) {
  return image.width == c.width && image.height == c.height && SamePixels(image, c.expected, c.channels);
}

TEST_CASE("decodes every kind of file to Pillow's pixels") {
  const Golden golden;
  for (const DecodeCase& c : DecodeCases(golden)) {
    CAPTURE(c.name);
    const auto image = Decode(c.file);
    CHECK_MESSAGE(image.ok(), image.status().ToString());
    if (!image.ok()) continue;
    CHECK(image->pixels.size() == static_cast<size_t>(image->width * image->height * image->channels()));
    CHECK(Matches(c, *image));
    CHECK(LooksLikeImage(std::span(c.file).first(16)));
  }
}

TEST_CASE("reuses an image of any earlier size and format") {
  const Golden golden;
  DecodedImage image;
  for (const DecodeCase& c : DecodeCases(golden)) {
    CAPTURE(c.name);
    REQUIRE(DecodeInto(c.file, &image).ok());
    CHECK(Matches(c, image));
  }
}

TEST_CASE("a truncated file is an error or the whole image, never half of one") {
  const Golden golden;
  for (const DecodeCase& c : DecodeCases(golden)) {
    CAPTURE(c.name);
    for (size_t length = 0; length < c.file.size(); ++length) {
      // A heap copy of the exact size lets a sanitizer see reads past the end.
      const std::vector<std::byte> part(c.file.begin(), c.file.begin() + static_cast<ptrdiff_t>(length));
      const auto image = Decode(part);
      if (image.ok()) {
        CHECK_MESSAGE(Matches(c, *image), length);
      } else {
        CHECK(image.status().code() == StatusCode::kBadInput);
        CHECK(!image.status().what().empty());
      }
    }
  }
}

TEST_CASE("flipped bytes are an error or an image, never a crash") {
  const Golden golden;
  std::mt19937 random(7);
  for (const DecodeCase& c : DecodeCases(golden)) {
    CAPTURE(c.name);
    for (int round = 0; round < 100; ++round) {
      std::vector<std::byte> file = c.file;
      const int flips = 1 + round % 4;
      for (int i = 0; i < flips; ++i) {
        // Headers are where damage is interesting: half of the flips land in the first 64 bytes.
        const size_t range = round % 2 == 0 ? std::min<size_t>(file.size(), 64) : file.size();
        file[random() % range] = static_cast<std::byte>(random());
      }
      const auto image = Decode(file);
      if (image.ok()) {
        CHECK(image->pixels.size() == static_cast<size_t>(image->width * image->height * image->channels()));
      } else {
        CHECK(image.status().code() == StatusCode::kBadInput);
      }
    }
  }
}

TEST_CASE("says why a file is refused") {
  const std::string rle = std::string("BM") + std::string(8, '\0') + '\x36' + std::string(3, '\0') + '\x28' +
                          std::string(3, '\0') + '\x04' + std::string(3, '\0') + '\x04' + std::string(3, '\0') +
                          '\x01' + '\0' + '\x08' + '\0' + '\x01' + std::string(100, '\0');
  const struct {
    const char* title;
    std::string file, expected;
  } cases[] = {
      {"nothing at all", "", "empty file"},
      {"text", "free\ncrack\n", "not a PNG, JPEG, TIFF, BMP or PNM image"},
      {"a GIF", "GIF89a......", "not a PNG, JPEG, TIFF, BMP or PNM image"},
      {"a signature alone", "\x89PNG\r\n\x1a\n", ""},
      {"a JPEG signature alone", "\xff\xd8\xff", ""},
      {"a BMP signature alone", "BM", "truncated header"},
      {"run-length encoded BMP", rle, "run-length encoded BMP is not supported"},
      {"PNM without a size", "P5 ", "truncated file"},
      {"PNM of no pixels", "P5 0 4 255 ", "image without pixels"},
      {"PNM with a number that never ends", "P2 99999999999999999999 1 255 1 ", "number too long"},
      {"PNM with a sample above its maximum", "P2 1 1 10 11 ", "sample above the maximum"},
      {"PNM with a maximum of 0", "P2 1 1 0 0", "maximum value outside 1 to 65535"},
      {"PNM whose last number may be cut", "P2 2 1 255 7 12", "truncated file"},
      {"PNM with a letter for a bit", "P1 2 1 0x", "not a bit"},
      {"PNM larger than memory should allow", "P5 4000000 4000000 255 x",
       "image of 4000000 x 4000000 pixels is too large"},
      {"PNM of a modest claim and no pixels", "P5 10000 10000 255 x", "truncated pixels"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.title);
    const auto image = Decode(Bytes(c.file));
    REQUIRE(!image.ok());
    CHECK(image.status().code() == StatusCode::kBadInput);
    if (!c.expected.empty()) CHECK(image.status().what() == c.expected);
  }
}

}  // namespace
}  // namespace vitrt::image
