#include "runtime/line/scan/tiles.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vitrt::scan {
namespace {

TEST_CASE("tiles cover the image and stay inside") {
  const struct {
    int64_t width, height, size, stride;
    size_t tiles;
  } cases[] = {{100, 100, 50, 50, 4}, {100, 100, 50, 25, 9}, {101, 100, 50, 50, 6}, {30, 200, 50, 50, 4},
               {7, 5, 50, 10, 1},     {50, 50, 50, 1, 1},    {64, 3, 1, 1, 192}};
  for (const auto& c : cases) {
    CAPTURE(c.width);
    const std::vector<Tile> tiles = CutTiles(c.width, c.height, c.size, c.stride);
    CHECK(tiles.size() == c.tiles);
    std::vector<int> covered(static_cast<size_t>(c.width * c.height));
    for (const Tile& t : tiles) {
      REQUIRE(t.x >= 0);
      REQUIRE(t.y >= 0);
      REQUIRE(t.x + t.width <= c.width);
      REQUIRE(t.y + t.height <= c.height);
      for (int64_t y = t.y; y < t.y + t.height; ++y) {
        for (int64_t x = t.x; x < t.x + t.width; ++x) ++covered[static_cast<size_t>(y * c.width + x)];
      }
    }
    for (const int times : covered) CHECK(times > 0);
  }
}

TEST_CASE("a view of a tile shows the tile's pixels") {
  std::vector<uint8_t> pixels(10 * 8 * 3);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i);
  const ImageView image{reinterpret_cast<const std::byte*>(pixels.data()), 10, 8, 30, PixelFormat::kRgb8};
  const ImageView view = ViewOf(image, {4, 2, 5, 3});
  CHECK(view.width == 5);
  CHECK(view.height == 3);
  CHECK(view.stride == 30);
  CHECK(static_cast<int>(*static_cast<const uint8_t*>(view.data)) == 2 * 30 + 4 * 3);
}

}  // namespace
}  // namespace vitrt::scan
