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

uint8_t Grey(const image::DecodedImage& image, int64_t x, int64_t y) {
  const int channels = image.channels();
  const uint8_t* p = image.pixels.data() + (y * image.width + x) * channels;
  return channels == 1 ? p[0] : static_cast<uint8_t>((p[0] + 2 * p[1] + p[2]) / 4);
}

uint8_t Mix(float part, float colour, uint8_t grey) {
  return static_cast<uint8_t>(part * colour + (1 - part) * static_cast<float>(grey) + 0.5f);
}

}  // namespace

image::DecodedImage HeatMap(const image::DecodedImage& image, std::span<const Tile> tiles,
                            std::span<const float> scores, int64_t max_side) {
  constexpr float kStrongest = 0.75f;  // the image stays visible under the deepest red
  const int64_t step = (std::max(image.width, image.height) + max_side - 1) / max_side;
  image::DecodedImage map;
  map.width = (image.width + step - 1) / step;
  map.height = (image.height + step - 1) / step;
  map.pixels.resize(static_cast<size_t>(map.width * map.height * 3));
  const std::vector<float> heat = MeanScores(tiles, scores, map.width, map.height, step);
  uint8_t* out = map.pixels.data();
  for (int64_t y = 0; y < map.height; ++y) {
    for (int64_t x = 0; x < map.width; ++x) {
      const float score = heat[static_cast<size_t>(y * map.width + x)], part = kStrongest * score;
      const uint8_t grey = Grey(image, x * step, y * step);
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
  }
  return map;
}

}  // namespace vitrt::scan
