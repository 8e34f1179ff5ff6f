// Image files to 8-bit pixels: PNG, JPEG, TIFF, BMP and PNM, told apart by their first bytes.
//
// Pixels are what Pillow's Image.open(f).convert('RGB') holds (or 'L' for grey files): palettes expanded, alpha dropped
// without blending, CMYK turned to RGB by Pillow's formula. EXIF orientation of a JPEG or PNG is not applied, as in
// Pillow and torchvision; the orientation tag of a TIFF is, as in Pillow. 16-bit samples keep their high byte: Pillow
// does so for RGB; for grey Pillow's convert() clips at 255, which makes any real 16-bit image white, so here vitrt
// differs. A truncated or damaged file is an error, never half an image.
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

struct DecodedImage {
  std::vector<uint8_t> pixels;  // rows without padding
  int64_t width = 0, height = 0;
  PixelFormat format = PixelFormat::kRgb8;  // kGray8 or kRgb8

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
