#include "runtime/line/scan/heat_map.h"

#include <algorithm>
#include <cmath>

namespace vitrt::scan {
namespace {

// Mean score of the tiles over each pixel of a picture that shows every step-th pixel of the image; NaN where every
// tile is without one.
std::vector<float> MeanScores(std::span<const Tile> tiles, std::span<const float> scores, int64_t width, int64_t height,
                              int64_t step) {
  std::vector<float> sum(static_cast<size_t>(width * height)), count(sum.size()), without(sum.size());
  const auto up = [step](int64_t v) { return (v + step - 1) / step; };  // first shown pixel at or after v
  for (size_t t = 0; t < tiles.size(); ++t) {
    const Tile& tile = tiles[t];
    for (int64_t y = up(tile.y); y < std::min(height, up(tile.y + tile.height)); ++y) {
      for (int64_t x = up(tile.x); x < std::min(width, up(tile.x + tile.width)); ++x) {
        const auto at = static_cast<size_t>(y * width + x);
        if (std::isnan(scores[t])) {
          without[at] = 1;
          continue;
        }
        sum[at] += scores[t];
        count[at] += 1;
      }
    }
  }
  for (size_t i = 0; i < sum.size(); ++i) {
    sum[i] = count[i] == 0 && without[i] > 0 ? std::nanf("") : sum[i] / std::max(count[i], 1.0f);
  }
  return sum;
}

uint8_t Mix(float part, float colour, uint8_t grey) {
  return static_cast<uint8_t>(part * colour + (1 - part) * static_cast<float>(grey) + 0.5f);
}

}  // namespace

image::DecodedImage HeatMap(const Overview& overview, std::span<const Tile> tiles, std::span<const float> scores) {
  constexpr float kStrongest = 0.75f;  // the image stays visible under the deepest red
  const image::DecodedImage& image = overview.grey();
  image::DecodedImage map;
  map.width = image.width;
  map.height = image.height;
  map.pixels.resize(static_cast<size_t>(map.width * map.height * 3));
  const std::vector<float> heat = MeanScores(tiles, scores, map.width, map.height, overview.step());
  uint8_t* out = map.pixels.data();
  for (size_t i = 0; i < heat.size(); ++i) {
    const float score = heat[i], part = kStrongest * score;
    const uint8_t grey = image.pixels[i];
    if (std::isnan(score)) {
      *out++ = Mix(kStrongest, 0, grey);
      *out++ = Mix(kStrongest, 0, grey);
      *out++ = Mix(kStrongest, 255, grey);
      continue;
    }
    *out++ = Mix(part, 255, grey);
    *out++ = Mix(part, 255 * (1 - score), grey);
    *out++ = Mix(part, 0, grey);
  }
  return map;
}

void DrawBoxes(std::span<const Region> regions, int64_t step, image::DecodedImage* map) {
  constexpr uint8_t kColour[] = {0, 230, 255};  // neither a grey nor a heat
  const auto draw = [&](int64_t x, int64_t y) {
    std::copy_n(kColour, 3, map->pixels.data() + (y * map->width + x) * 3);
  };
  for (const Region& r : regions) {
    const int64_t left = r.x / step, top = r.y / step,
                  right = std::min(map->width, (r.x + r.width + step - 1) / step) - 1,
                  bottom = std::min(map->height, (r.y + r.height + step - 1) / step) - 1;
    for (int64_t x = left; x <= right; ++x) draw(x, top), draw(x, bottom);
    for (int64_t y = top; y <= bottom; ++y) draw(left, y), draw(right, y);
  }
}

}  // namespace vitrt::scan
