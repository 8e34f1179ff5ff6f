// Rows of an image file from top to bottom, for images that memory does not hold. PNG that is not interlaced, binary PNM
// and TIFF that is not turned are decoded as their rows are asked for; anything else is decoded whole. Pixels are those of
// Decode (decode.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "runtime/image/decode.h"

namespace vitrt::image {

class RowReader {
 public:
  virtual ~RowReader() = default;

  // The next `rows` rows into `out`, rows * width * channels bytes; no more than are left. Errors: kBadInput.
  virtual Status Read(int64_t rows, uint8_t* out) = 0;

  int64_t width = 0, height = 0;
  PixelFormat format = PixelFormat::kRgb8;  // kGray8 or kRgb8
  SampleDepth depth;                        // `seen` is of the rows that were read

  int channels() const { return format == PixelFormat::kGray8 ? 1 : 3; }
};

// `file` must outlive the reader. sample_bits: of SampleDepth. Errors: kBadInput.
Result<std::unique_ptr<RowReader>> OpenRows(std::span<const std::byte> file, int sample_bits);

}  // namespace vitrt::image
