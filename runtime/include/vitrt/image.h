// Images as the caller holds them: nothing is owned, nothing is copied.
#pragma once

#include <cstdint>

namespace vitrt {

enum class PixelFormat : uint8_t { kGray8, kGray16, kRgb8, kBgr8, kRgba8, kBgra8, kRgb16 };  // 16-bit: host order

// Pixels of a camera frame or a decoded file. `stride` is bytes from one row to the next (>= width * bytes per pixel;
// negative for bottom-up frames, data then pointing at the top row). The memory must outlive the call it is given to.
// A cv::Mat m is {m.data, m.cols, m.rows, static_cast<int64_t>(m.step), PixelFormat::kBgr8}.
struct ImageView {
  const void* data = nullptr;
  int64_t width = 0, height = 0;
  int64_t stride = 0;
  PixelFormat format = PixelFormat::kRgb8;
  int bits =
      0;  // of a 16-bit sample that hold the value, the lowest: 10, 12, 14 as cameras have them; 0: as the plan says
};

}  // namespace vitrt
