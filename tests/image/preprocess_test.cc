#include "runtime/image/preprocess.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "doctest/doctest.h"
#include "runtime/image/decode.h"
#include "tests/image/golden.h"

namespace vitrt::image {
namespace {

Recipe ReadRecipe(std::istringstream& fields, int64_t* height, int64_t* width) {
  Recipe r;
  std::string rule, filter;
  fields >> r.channels >> rule >> r.resize_height >> r.resize_width >> filter >> r.crop_height >> r.crop_width >>
      *height >> *width;
  r.rule = rule == "shorter" ? ResizeRule::kShorterSide : rule == "exact" ? ResizeRule::kExact : ResizeRule::kNone;
  r.interpolation = ParseFilter(filter);
  r.mean.resize(static_cast<size_t>(r.channels));
  r.std.resize(static_cast<size_t>(r.channels));
  for (float& v : r.mean) fields >> v;
  for (float& v : r.std) fields >> v;
  return r;
}

TEST_CASE("gives torchvision's Resize, CenterCrop, ToTensor and Normalize bit for bit, in both layouts") {
  const Golden golden;
  for (Golden::Case& g : golden.Cases("preprocess")) {
    std::string name;
    int64_t height = 0, width = 0;
    g.fields >> name;
    const Recipe recipe = ReadRecipe(g.fields, &height, &width);
    INFO(name << " to " << width << " x " << height);
    const auto image = Decode(ReadGoldenFile(name));
    REQUIRE(image.ok());
    const auto* expected = reinterpret_cast<const uint32_t*>(g.bytes);
    for (const bool channels_last : {true, false}) {
      auto p = Preprocessor::Create(recipe, height, width, channels_last);
      REQUIRE_MESSAGE(p.ok(), p.status().ToString());
      std::vector<float> out(static_cast<size_t>(height * width * recipe.channels), -99.0f);
      for (int run = 0; run < 2; ++run) {  // the second with the memory of the first
        REQUIRE(p->Run(image->view(), out.data()).ok());
        int64_t different = 0;
        for (int64_t i = 0; i < height * width; ++i) {
          for (int64_t c = 0; c < recipe.channels; ++c) {
            const float got =
                out[static_cast<size_t>(channels_last ? i * recipe.channels + c : c * height * width + i)];
            uint32_t want;
            std::memcpy(&want, reinterpret_cast<const uint8_t*>(expected + i * recipe.channels + c), 4);
            different += std::bit_cast<uint32_t>(got) != want;
          }
        }
        CHECK(different == 0);
      }
    }
  }
}

TEST_CASE("the resized size rounds down along the longer side") {
  Recipe r;
  r.rule = ResizeRule::kShorterSide;
  r.resize_height = 256;
  const struct {
    Size in, out;
  } cases[] = {
      {{640, 480}, {341, 256}}, {{480, 640}, {256, 341}}, {{500, 375}, {341, 256}}, {{256, 256}, {256, 256}},
      {{100, 100}, {256, 256}}, {{1, 3}, {256, 768}},     {{257, 256}, {257, 256}},
  };
  for (const auto& c : cases) CHECK(ResizedSize(r, c.in) == c.out);
}

TEST_CASE("a centre crop rounds halves to even and pads what is too small") {
  const struct {
    int64_t size, crop;
    CropAxis expected;
  } cases[] = {
      {256, 224, {16, 224, 0}}, {341, 224, {58, 224, 0}},  // 58.5 to 58
      {343, 224, {60, 224, 0}},                            // 59.5 to 60
      {225, 224, {0, 224, 0}},                             // 0.5 to 0
      {227, 224, {2, 224, 0}},                             // 1.5 to 2
      {224, 224, {0, 224, 0}},  {223, 224, {0, 223, 0}},   // one zero, after
      {221, 224, {0, 221, 1}},  {1, 4, {0, 1, 1}},
  };
  for (const auto& c : cases) {
    INFO(c.size << " to " << c.crop);
    CHECK(CenterCropAxis(c.size, c.crop) == c.expected);
  }
}

TEST_CASE("refuses a recipe that cannot feed the model") {
  const Recipe good = {3, ResizeRule::kShorterSide, 256, 0, Interpolation::kBicubic, 224, 224, {0, 0, 0}, {1, 1, 1}};
  REQUIRE(Preprocessor::Create(good, 224, 224, true).ok());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const struct {
    const char* title;
    void (*change)(Recipe&, float);
  } cases[] = {
      {"two channels", [](Recipe& r, float) { r.channels = 2; }},
      {"no side", [](Recipe& r, float) { r.resize_height = 0; }},
      {"an enormous side", [](Recipe& r, float) { r.resize_height = int64_t{1} << 40; }},
      {"a crop that is not the input", [](Recipe& r, float) { r.crop_width = 225; }},
      {"half a crop", [](Recipe& r, float) { r.crop_width = 0; }},
      {"a negative crop", [](Recipe& r, float) { r.crop_width = -224; }},
      {"an exact size that is not the input",
       [](Recipe& r, float) { r = {3, ResizeRule::kExact, 224, 225, {}, 0, 0, {}, {}}; }},
      {"two means",
       [](Recipe& r, float) {
         r.mean = {0, 0};
       }},
      {"std of 0", [](Recipe& r, float) { r.std[1] = 0; }},
      {"mean that is not a number", [](Recipe& r, float not_a_number) { r.mean[0] = not_a_number; }},
  };
  for (const auto& c : cases) {
    CAPTURE(c.title);
    Recipe recipe = good;
    c.change(recipe, nan);
    const auto p = Preprocessor::Create(recipe, 224, 224, true);
    REQUIRE(!p.ok());
    CHECK(p.status().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("refuses an image that does not come out at the model's size, however long it is") {
  Recipe r;
  r.rule = ResizeRule::kShorterSide;
  r.resize_height = 8;
  auto p = Preprocessor::Create(r, 8, 8, true);
  REQUIRE(p.ok());
  std::vector<std::byte> pixels(3 * 300'000);
  std::vector<float> out(8 * 8 * 3);
  CHECK(p->Run({pixels.data(), 8, 8, 24}, out.data()).ok());
  for (const ImageView& view : {ImageView{pixels.data(), 9, 8, 27}, ImageView{pixels.data(), 300'000, 1, 900'000}}) {
    const Status status = p->Run(view, out.data());
    CHECK(status.code() == StatusCode::kBadInput);
  }
}

TEST_CASE("crops the middle of a very long image without resizing the rest") {
  const Recipe r = {1, ResizeRule::kShorterSide, 8, 0, Interpolation::kLanczos, 8, 8, {}, {}};
  auto p = Preprocessor::Create(r, 8, 8, true);
  REQUIRE(p.ok());
  std::vector<std::byte> pixels(1'000'000, std::byte{51});
  std::vector<float> out(64);
  REQUIRE(p->Run({pixels.data(), 1'000'000, 1, 1'000'000, PixelFormat::kGray8}, out.data()).ok());
  for (const float v : out) CHECK(v == 51.0f / 255.0f);
}

}  // namespace
}  // namespace vitrt::image
