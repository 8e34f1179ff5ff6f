// Image files to 8-bit pixels: PNG, JPEG, TIFF, BMP and PNM, told apart by their first bytes.
//
// Pixels are what Pillow's Image.open(f).convert('RGB') holds (or 'L' for grey files): palettes expanded, alpha dropped
// without blending, CMYK turned to RGB by Pillow's formula. EXIF orientation of a JPEG or PNG is not applied, as in
// Pillow and torchvision; the orientation tag of a TIFF is, as in Pillow. 16-bit samples keep their high byte, unless
// DecodedImage::depth says that they hold fewer bits: Pillow does so for RGB; for grey Pillow's convert() clips at 255,
// which makes any real 16-bit image white, so here vitrt differs. A truncated or damaged file is an error, never half
// an image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vitrt/image.h"
#include "vitrt/status.h"

namespace vitrt::image {

// Larger images are refused before their pixels are allocated (Pillow's own limit for an error).
inline constexpr int64_t kMaxPixels = 178'956'970;
inline constexpr int64_t kMaxSide = int64_t{1} << 20;

// How samples of 16 bits become bytes: the highest 8 of the `bits` lowest count, larger values are white.
struct SampleDepth {
  int bits = 16;      // 8 to 16
  uint16_t seen = 0;  // every bit that a sample of 16 bits had since this was 0; 0 where there was none

  uint8_t ToByte(uint16_t sample) {
    seen = static_cast<uint16_t>(seen | sample);
    const int byte = sample >> (bits - 8);
    return static_cast<uint8_t>(byte > 255 ? 255 : byte);
  }
  // 16 bits were expected, and no sample reached 4,096: most likely they hold 12 or fewer.
  bool IsLow() const { return bits == 16 && seen > 0 && seen < 4096; }
};

struct DecodedImage {
  std::vector<uint8_t> pixels;  // rows without padding
  int64_t width = 0, height = 0;
  PixelFormat format = PixelFormat::kRgb8;  // kGray8 or kRgb8
  SampleDepth depth;                        // its bits are the caller's to set; `seen` is of this file

  int channels() const { return format == PixelFormat::kGray8 ? 1 : 3; }
  // Valid while this object lives and is not decoded into again.
  ImageView view() const { return {pixels.data(), width, height, width * channels(), format}; }
};

// Errors: kBadInput. Thread-safe.
Result<DecodedImage> Decode(std::span<const std::byte> file);

// The same, reusing the memory of `image`, which is unspecified after an error.
Status DecodeInto(std::span<const std::byte> file, DecodedImage* image);

// True if the first bytes are those of a format that Decode knows. 16 bytes are enough.
bool LooksLikeImage(std::span<const std::byte> file);

// The libraries that decode, for reports.
struct LibraryVersion {
  std::string name, version;
};
std::vector<LibraryVersion> CodecVersions();

}  // namespace vitrt::image
