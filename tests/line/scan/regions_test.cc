#include "runtime/line/scan/regions.h"

#include <doctest/doctest.h>

#include <numeric>
#include <string>

namespace vitrt::scan {
namespace {

struct Box {
  int64_t x, y, width, height;
  size_t tiles;
};

TEST_CASE("tiles that overlap or share an edge are one region, corners alone join nothing") {
  const struct {
    const char* title;
    std::vector<Tile> bad;
    std::vector<Box> regions;
  } cases[] = {
      {"none", {}, {}},
      {"one", {{4, 8, 16, 16}}, {{4, 8, 16, 16, 1}}},
      {"overlapping", {{0, 0, 16, 16}, {8, 8, 16, 16}}, {{0, 0, 24, 24, 2}}},
      {"an edge in common", {{0, 0, 16, 16}, {16, 0, 16, 16}}, {{0, 0, 32, 16, 2}}},
      {"a corner in common", {{0, 0, 16, 16}, {16, 16, 16, 16}}, {{0, 0, 16, 16, 1}, {16, 16, 16, 16, 1}}},
      {"through a third", {{0, 0, 16, 16}, {24, 0, 16, 16}, {12, 4, 16, 16}}, {{0, 0, 40, 20, 3}}},
      {"apart", {{0, 0, 16, 16}, {40, 0, 16, 16}}, {{0, 0, 16, 16, 1}, {40, 0, 16, 16, 1}}},
      {"moved inwards at the end", {{96, 0, 16, 16}, {103, 0, 16, 16}}, {{96, 0, 23, 16, 2}}},
  };
  for (const auto& c : cases) {
    INFO(std::string(c.title));
    std::vector<size_t> all(c.bad.size());
    std::iota(all.begin(), all.end(), size_t{0});
    const std::vector<Region> regions = MergeTiles(c.bad, all);
    REQUIRE(regions.size() == c.regions.size());
    for (size_t i = 0; i < regions.size(); ++i) {
      CHECK(regions[i].x == c.regions[i].x);
      CHECK(regions[i].y == c.regions[i].y);
      CHECK(regions[i].width == c.regions[i].width);
      CHECK(regions[i].height == c.regions[i].height);
      CHECK(regions[i].tiles.size() == c.regions[i].tiles);
    }
  }
}

TEST_CASE("good tiles between bad ones join nothing") {
  const std::vector<Tile> tiles = CutTiles(64, 16, 16, 16);
  CHECK(MergeTiles(tiles, std::vector<size_t>{0, 2}).size() == 2);
  CHECK(MergeTiles(tiles, std::vector<size_t>{0, 1, 3}).size() == 2);
}

}  // namespace
}  // namespace vitrt::scan
