#include "runtime/image/to_pixels.h"

#include <cstdlib>
#include <cstring>
#include <iterator>

#include "runtime/image/decode.h"

namespace vitrt::image {
namespace {

struct FormatInfo {
  int bytes;             // of a pixel
  int red, green, blue;  // byte offset of each; of 16-bit samples the high byte
  bool grey() const { return red == blue; }
};

constexpr FormatInfo kFormats[] = {
    // by PixelFormat; x86 is little-endian
    {1, 0, 0, 0},  // kGray8
    {2, 1, 1, 1},  // kGray16
    {3, 0, 1, 2},  // kRgb8
    {3, 2, 1, 0},  // kBgr8
    {4, 0, 1, 2},  // kRgba8
    {4, 2, 1, 0},  // kBgra8
    {6, 1, 3, 5},  // kRgb16
};

// ITU-R 601-2 luma in 16 fractional bits, as Pillow's convert('L').
uint8_t Luma(int red, int green, int blue) {
  return static_cast<uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

}  // namespace

Status CheckView(const ImageView& image) {
  const auto format = static_cast<size_t>(image.format);
  if (format >= std::size(kFormats)) return InvalidArgument("unknown pixel format");
  if (image.data == nullptr || image.width <= 0 || image.height <= 0) return InvalidArgument("image without pixels");
  if (image.width > kMaxSide || image.height > kMaxSide || image.width > kMaxPixels / image.height) {
    return InvalidArgument("image too large");
  }
  if (std::llabs(image.stride) < image.width * kFormats[format].bytes)
    return InvalidArgument("stride shorter than a row");
  return {};
}

Pixels ToPixels(const ImageView& image, int channels, std::vector<uint8_t>* memory) {
  const FormatInfo& format = kFormats[static_cast<size_t>(image.format)];
  const auto* data = static_cast<const uint8_t*>(image.data);
  if (image.format == PixelFormat::kGray8 || (image.format == PixelFormat::kRgb8 && channels == 3)) {
    return {data, image.width, image.height, image.stride, format.bytes};
  }
  const int out_channels = format.grey() ? 1 : channels;
  memory->resize(static_cast<size_t>(image.width * image.height * out_channels));
  uint8_t* out = memory->data();
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* p = data + y * image.stride;
    for (int64_t x = 0; x < image.width; ++x, p += format.bytes) {
      if (format.grey()) {
        *out++ = p[format.red];
      } else if (channels == 1) {
        *out++ = Luma(p[format.red], p[format.green], p[format.blue]);
      } else {
        *out++ = p[format.red];
        *out++ = p[format.green];
        *out++ = p[format.blue];
      }
    }
  }
  return {memory->data(), image.width, image.height, image.width * out_channels, out_channels};
}

}  // namespace vitrt::image
