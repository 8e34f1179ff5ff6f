// A large image scaled down for display, from rows as they are decoded.
#pragma once

#include <cstdint>

#include "runtime/image/decode.h"

namespace vitrt::scan {

// Every step-th pixel of every step-th row, in grey; the smallest step with which no side is above max_side.
class Overview {
 public:
  Overview(int64_t width, int64_t height, int64_t max_side);

  // Rows [first, first + image.height) of the image; all of them, in any order and as often as one likes.
  void Take(const ImageView& rows, int64_t first);  // kGray8 or kRgb8

  const image::DecodedImage& grey() const { return grey_; }
  int64_t step() const { return step_; }

 private:
  int64_t step_;
  image::DecodedImage grey_;
};

}  // namespace vitrt::scan
