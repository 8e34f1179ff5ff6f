#include "runtime/line/scan/overview.h"

#include <algorithm>

namespace vitrt::scan {

Overview::Overview(int64_t width, int64_t height, int64_t max_side)
    : step_((std::max(width, height) + max_side - 1) / max_side) {
  grey_.width = (width + step_ - 1) / step_;
  grey_.height = (height + step_ - 1) / step_;
  grey_.format = PixelFormat::kGray8;
  grey_.pixels.resize(static_cast<size_t>(grey_.width * grey_.height));
}

void Overview::Take(const ImageView& rows, int64_t first) {
  for (int64_t y = (first + step_ - 1) / step_ * step_; y < first + rows.height; y += step_) {
    const auto* row = static_cast<const uint8_t*>(rows.data) + (y - first) * rows.stride;
    uint8_t* out = grey_.pixels.data() + y / step_ * grey_.width;
    for (int64_t x = 0; x < rows.width; x += step_) {
      const uint8_t* p = row + 3 * x;
      *out++ = rows.format == PixelFormat::kGray8 ? row[x] : static_cast<uint8_t>((p[0] + 2 * p[1] + p[2]) / 4);
    }
  }
}

}  // namespace vitrt::scan
