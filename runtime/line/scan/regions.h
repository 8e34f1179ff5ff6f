// Connected regions of bad tiles.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/line/scan/tiles.h"

namespace vitrt::scan {

// Tiles that overlap or share an edge, directly or through others.
struct Region {
  int64_t x = 0, y = 0, width = 0, height = 0;  // the smallest box around them, in pixels of the image
  std::vector<size_t> tiles;                    // their indices, ascending
};

// bad: indices of tiles, ascending. Regions in the order of their first tiles.
std::vector<Region> MergeTiles(std::span<const Tile> tiles, std::span<const size_t> bad);

}  // namespace vitrt::scan
