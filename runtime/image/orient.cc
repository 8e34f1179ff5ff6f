#include "runtime/image/orient.h"

#include <utility>

namespace vitrt::image {

void Orient(int orientation, DecodedImage* image) {
  if (orientation < 2 || orientation > 8) return;
  const bool swap = orientation >= 5;  // rows of the file are columns of the image
  const bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const int64_t width = swap ? image->height : image->width, height = swap ? image->width : image->height;
  const int channels = image->channels();
  std::vector<uint8_t> turned(image->pixels.size());
  uint8_t* out = turned.data();
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      int64_t from_x = swap ? y : x, from_y = swap ? x : y;
      if (mirror_x) from_x = image->width - 1 - from_x;
      if (mirror_y) from_y = image->height - 1 - from_y;
      const uint8_t* from = image->pixels.data() + (from_y * image->width + from_x) * channels;
      for (int c = 0; c < channels; ++c) *out++ = from[c];
    }
  }
  image->pixels = std::move(turned);
  image->width = width;
  image->height = height;
}

}  // namespace vitrt::image
