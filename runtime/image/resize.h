// Resampling of 8-bit images, bit-identical to Pillow's Image.resize for modes L and RGB: two passes, fixed-point
// weights of 22 fractional bits, rounded and clipped to 8 bits after each pass; the filter is widened by the scale when
// shrinking (antialias). The pass over columns comes first, except, as in Pillow 13, where the height shrinks by more
// than twice the pixels that the width does (in Pillow 12 and before it always comes first: such images may differ by
// 1). Filters: Keys 1981 (bicubic, a = -0.5), Duchon 1979 (lanczos, 3 lobes).
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/image/axis_weights.h"

namespace vitrt::image {

// Interleaved 8-bit pixels, 1 or 3 channels; stride in bytes, may be negative.
struct Pixels {
  const uint8_t* data = nullptr;
  int64_t width = 0, height = 0, stride = 0;
  int channels = 3;
};

// The part [x, x + width) x [y, y + height) of a resized image that is wanted.
struct Window {
  int64_t x = 0, y = 0, width = 0, height = 0;
};

// Memory that Resize reuses: nothing is allocated and no weight is computed again while sizes stay the same.
struct ResizeWorkspace {
  AxisWeights columns, rows;
  std::vector<uint8_t> block, block_out, between;
};

// Writes `window` of `in` resized to width x height into `out` (window.width * channels bytes a row, no padding). Sizes
// are positive and the window is not empty and lies inside.
void Resize(const Pixels& in, int64_t width, int64_t height, Interpolation interpolation, const Window& window,
            uint8_t* out, ResizeWorkspace* workspace);

}  // namespace vitrt::image
