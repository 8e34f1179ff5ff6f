#include "runtime/line/scan/tiles.h"

#include <algorithm>
#include <cstddef>

namespace vitrt::scan {
namespace {

std::vector<int64_t> Starts(int64_t length, int64_t size, int64_t stride) {
  std::vector<int64_t> starts;
  for (int64_t at = 0; at + size < length; at += stride) starts.push_back(at);
  starts.push_back(std::max<int64_t>(0, length - size));
  return starts;
}

int64_t BytesPerPixel(PixelFormat format) { return format == PixelFormat::kGray8 ? 1 : 3; }  // what decoding gives

}  // namespace

std::vector<Tile> CutTiles(int64_t width, int64_t height, int64_t size, int64_t stride) {
  std::vector<Tile> tiles;
  for (const int64_t y : Starts(height, size, stride)) {
    for (const int64_t x : Starts(width, size, stride)) {
      tiles.push_back({x, y, std::min(size, width), std::min(size, height)});
    }
  }
  return tiles;
}

ImageView ViewOf(const ImageView& image, const Tile& tile) {
  ImageView view = image;
  view.data = static_cast<const std::byte*>(image.data) + tile.y * image.stride + tile.x * BytesPerPixel(image.format);
  view.width = tile.width;
  view.height = tile.height;
  return view;
}

}  // namespace vitrt::scan
