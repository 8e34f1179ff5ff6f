// 16-bit images of cameras that hold 10, 12 or 14 bits reached the model as their high byte alone, nearly black
// (mono12).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "runtime/image/decode.h"
#include "runtime/image/preprocess.h"

namespace vitrt::image {
namespace {

// mono12.png: 48 x 40 grey samples of 16 bits, a 12-bit ramp in them.
std::string Mono12() {
  std::ostringstream bytes;
  bytes << std::ifstream(std::string(VITRT_SOURCE_DIR) + "/tests/issues/mono12.png", std::ios::binary).rdbuf();
  return bytes.str();
}

// The bytes of a file decoded as samples of so many bits.
DecodedImage Decoded(const std::string& file, int bits) {
  DecodedImage image;
  image.depth.bits = bits;
  const Status status = DecodeInto(std::as_bytes(std::span(file)), &image);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
  return image;
}

std::string Pgm(int maximum, const std::vector<int>& samples) {
  std::string file = "P5\n" + std::to_string(samples.size()) + " 1\n" + std::to_string(maximum) + "\n";
  for (const int sample : samples) {
    file += static_cast<char>(sample >> 8);
    file += static_cast<char>(sample & 255);
  }
  return file;
}

using Bytes = std::vector<uint8_t>;

TEST_CASE("a PNG of 12 bits is as bright as its 12 bits say") {
  const DecodedImage all = Decoded(Mono12(), 16), twelve = Decoded(Mono12(), 12);
  CHECK(all.width == 48);
  CHECK(all.height == 40);
  CHECK(all.format == PixelFormat::kGray8);
  CHECK(*std::max_element(all.pixels.begin(), all.pixels.end()) == 15);
  CHECK(*std::max_element(twelve.pixels.begin(), twelve.pixels.end()) == 251);  // 4016 of 4095
  CHECK(*std::min_element(twelve.pixels.begin(), twelve.pixels.end()) == 5);    // 80
  CHECK(all.depth.IsLow());
  CHECK(!twelve.depth.IsLow());
}

TEST_CASE("samples of 8 to 16 bits, in files that say no more than 16") {
  const std::string file = Pgm(65535, {0, 255, 256, 1023, 4095, 16383, 65535});
  CHECK(Decoded(file, 16).pixels == Bytes{0, 0, 1, 3, 15, 63, 255});
  CHECK(Decoded(file, 14).pixels == Bytes{0, 3, 4, 15, 63, 255, 255});
  CHECK(Decoded(file, 12).pixels == Bytes{0, 15, 16, 63, 255, 255, 255});
  CHECK(Decoded(file, 10).pixels == Bytes{0, 63, 64, 255, 255, 255, 255});
  CHECK(Decoded(file, 8).pixels == Bytes{0, 255, 255, 255, 255, 255, 255});
  // A PGM that names its maximum needs no help, and gets none.
  CHECK(Decoded(Pgm(4095, {0, 4095}), 12).pixels == Decoded(Pgm(4095, {0, 4095}), 16).pixels);
  CHECK(!Decoded(Pgm(4095, {0, 100}), 16).depth.IsLow());
}

TEST_CASE("which images look like fewer bits than 16") {
  const struct {
    std::vector<int> samples;
    int bits;
    bool low;
  } cases[] = {{{1, 4095}, 16, true},
               {{1, 4096}, 16, false},
               {{1, 4095}, 12, false},
               {{0, 0}, 16, false},
               {{255, 1023}, 16, true}};
  for (const auto& c : cases) {
    CAPTURE(c.samples.back());
    CHECK(Decoded(Pgm(65535, c.samples), c.bits).depth.IsLow() == c.low);
  }
  DecodedImage reused = Decoded(Pgm(65535, {1, 2}), 16);
  const std::string bytes = "P5\n1 1\n255\nx";
  REQUIRE(DecodeInto(std::as_bytes(std::span(bytes)), &reused).ok());
  CHECK(!reused.depth.IsLow());  // of this file, not of the one before
}

TEST_CASE("camera frames: the frame's own bits, else the recipe's") {
  const uint16_t samples[] = {0, 1023, 2048, 4095};
  const auto values = [&](int recipe_bits, int frame_bits, PixelFormat format, bool* low) {
    Recipe recipe;
    recipe.channels = format == PixelFormat::kGray16 ? 1 : 3;
    recipe.bytes = true;
    recipe.sample_bits = recipe_bits;
    const int64_t width = format == PixelFormat::kGray16 ? 4 : 1;
    auto p = Preprocessor::Create(recipe, 1, width, true);
    REQUIRE(p.ok());
    ImageView view{reinterpret_cast<const std::byte*>(samples), width, 1, 8, format};
    view.bits = frame_bits;
    std::vector<float> out(static_cast<size_t>(width * recipe.channels));
    REQUIRE(p->Run(view, out.data()).ok());
    *low = p->last_was_low();
    return out;
  };
  bool low = false;
  CHECK(values(16, 0, PixelFormat::kGray16, &low) == std::vector<float>{0, 3, 8, 15});
  CHECK(low);
  CHECK(values(12, 0, PixelFormat::kGray16, &low) == std::vector<float>{0, 63, 128, 255});
  CHECK(!low);
  CHECK(values(16, 12, PixelFormat::kGray16, &low) == std::vector<float>{0, 63, 128, 255});
  CHECK(!low);
  CHECK(values(12, 16, PixelFormat::kGray16, &low) == std::vector<float>{0, 3, 8, 15});
  CHECK(values(10, 0, PixelFormat::kRgb16, &low) == std::vector<float>{0, 255, 255});
  Recipe recipe;
  recipe.channels = 1;
  auto p = Preprocessor::Create(recipe, 1, 4, true);
  ImageView view{reinterpret_cast<const std::byte*>(samples), 4, 1, 8, PixelFormat::kGray16};
  float out[4];
  for (const int bits : {-1, 7, 17}) {
    view.bits = bits;
    CHECK(p->Run(view, out).code() == StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vitrt::image
