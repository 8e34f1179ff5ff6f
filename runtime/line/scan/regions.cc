#include "runtime/line/scan/regions.h"

#include <algorithm>
#include <map>
#include <utility>

namespace vitrt::scan {
namespace {

// True if the tiles have a pixel or a part of an edge in common; a corner alone does not join them.
bool Joined(const Tile& a, const Tile& b) {
  const int64_t across = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const int64_t down = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return across >= 0 && down >= 0 && across + down > 0;
}

void Include(const Tile& tile, Region* region) {
  const int64_t right = std::max(region->x + region->width, tile.x + tile.width);
  const int64_t bottom = std::max(region->y + region->height, tile.y + tile.height);
  region->x = std::min(region->x, tile.x);
  region->y = std::min(region->y, tile.y);
  region->width = right - region->x;
  region->height = bottom - region->y;
}

}  // namespace

std::vector<Region> MergeTiles(std::span<const Tile> tiles, std::span<const size_t> bad) {
  if (bad.empty()) return {};
  int64_t side = 1;  // tiles that are joined lie in the same cell of this size or in neighbours
  for (const size_t i : bad) side = std::max({side, tiles[i].width, tiles[i].height});
  std::map<std::pair<int64_t, int64_t>, std::vector<size_t>> cells;
  for (const size_t i : bad) cells[{tiles[i].y / side, tiles[i].x / side}].push_back(i);

  std::vector<Region> regions;
  std::vector<uint8_t> taken(tiles.size());
  for (const size_t first : bad) {
    if (taken[first] != 0) continue;
    const Tile& start = tiles[first];
    Region region{start.x, start.y, start.width, start.height, {first}};
    taken[first] = 1;
    for (size_t at = 0; at < region.tiles.size(); ++at) {
      const Tile& tile = tiles[region.tiles[at]];
      Include(tile, &region);
      for (int64_t y = tile.y / side - 1; y <= tile.y / side + 1; ++y) {
        for (int64_t x = tile.x / side - 1; x <= tile.x / side + 1; ++x) {
          const auto cell = cells.find({y, x});
          if (cell == cells.end()) continue;
          for (const size_t other : cell->second) {
            if (taken[other] != 0 || !Joined(tile, tiles[other])) continue;
            taken[other] = 1;
            region.tiles.push_back(other);
          }
        }
      }
    }
    std::sort(region.tiles.begin(), region.tiles.end());
    regions.push_back(std::move(region));
  }
  return regions;
}

}  // namespace vitrt::scan
