#include "runtime/line/scan/heat_map.h"

#include <doctest/doctest.h>

#include "runtime/image/encode_png.h"

namespace vitrt::scan {
namespace {

image::DecodedImage Grey(int64_t width, int64_t height, uint8_t value) {
  image::DecodedImage image;
  image.width = width;
  image.height = height;
  image.format = PixelFormat::kGray8;
  image.pixels.assign(static_cast<size_t>(width * height), value);
  return image;
}

Overview OverviewOf(const image::DecodedImage& image, int64_t max_side) {
  Overview overview(image.width, image.height, max_side);
  overview.Take(image.view(), 0);
  return overview;
}

const uint8_t* At(const image::DecodedImage& map, int64_t x, int64_t y) {
  return map.pixels.data() + (y * map.width + x) * 3;
}

TEST_CASE("score 0 leaves the grey, score 1 is red, overlaps show the mean") {
  const Tile tiles[] = {{0, 0, 4, 4}, {2, 0, 4, 4}};
  const float scores[] = {0, 1};
  const image::DecodedImage map = HeatMap(OverviewOf(Grey(6, 4, 100), 1000), tiles, scores);
  CHECK(map.width == 6);
  CHECK(At(map, 0, 0)[0] == 100);
  CHECK(At(map, 0, 0)[2] == 100);
  CHECK(At(map, 5, 3)[0] == 216);  // 0.75 * 255 + 0.25 * 100
  CHECK(At(map, 5, 3)[1] == 25);
  CHECK(At(map, 3, 1)[0] > At(map, 0, 0)[0]);
  CHECK(At(map, 3, 1)[0] < At(map, 5, 3)[0]);
}

TEST_CASE("large images are scaled down") {
  const Tile tiles[] = {{0, 0, 1000, 10}};
  const float scores[] = {1};
  const image::DecodedImage map = HeatMap(OverviewOf(Grey(1000, 10, 0), 300), tiles, scores);
  CHECK(map.width == 250);
  CHECK(map.height == 3);
}

TEST_CASE("a box is drawn around each region, and within the picture") {
  const Tile tiles[] = {{0, 0, 40, 20}};
  const float scores[] = {0};
  image::DecodedImage map = HeatMap(OverviewOf(Grey(40, 20, 100), 20), tiles, scores);  // every second pixel
  const Region regions[] = {{4, 4, 10, 8, {}}, {30, 12, 10, 8, {}}};
  DrawBoxes(regions, 2, &map);
  const auto drawn = [&](int64_t x, int64_t y) { return At(map, x, y)[0] == 0; };
  CHECK(drawn(2, 2));
  CHECK(drawn(6, 5));
  CHECK(!drawn(3, 3));
  CHECK(!drawn(7, 2));
  CHECK(drawn(19, 9));
}

TEST_CASE("a picture survives its PNG") {
  for (const bool colour : {false, true}) {
    image::DecodedImage image = Grey(7, 5, 9);
    if (colour) {
      image.format = PixelFormat::kRgb8;
      image.pixels.resize(7 * 5 * 3);
    }
    for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 7);
    const auto png = image::EncodePng(image);
    REQUIRE(png.ok());
    const auto back = image::Decode(*png);
    REQUIRE_MESSAGE(back.ok(), back.status().ToString());
    CHECK(back->pixels == image.pixels);
    CHECK(back->format == image.format);
  }
}

}  // namespace
}  // namespace vitrt::scan
