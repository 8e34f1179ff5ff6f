// A large image cut into square tiles that overlap, each classified by itself.
#pragma once

#include <cstdint>
#include <vector>

#include "vitrt/image.h"

namespace vitrt::scan {

struct Tile {
  int64_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Tile&) const = default;
};

// Tiles of `size` x `size` every `stride` pixels, row by row; the last of a row or column is moved inwards, so that
// the image is covered. An image smaller than a tile along an axis is one tile along it. 1 <= stride <= size.
std::vector<Tile> CutTiles(int64_t width, int64_t height, int64_t size, int64_t stride);

// The tile's part of the image; no pixel is copied.
ImageView ViewOf(const ImageView& image, const Tile& tile);

}  // namespace vitrt::scan
