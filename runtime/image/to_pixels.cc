#include "runtime/image/to_pixels.h"

#include <cstdlib>
#include <cstring>
#include <iterator>

#include "runtime/image/decode.h"

namespace vitrt::image {
namespace {

struct FormatInfo {
  int bytes;             // of a pixel
  int red, green, blue;  // byte offset of each
  bool deep;             // 16-bit samples
  bool grey() const { return red == blue; }
};

constexpr FormatInfo kFormats[] = {
    // by PixelFormat
    {1, 0, 0, 0, false},  // kGray8
    {2, 0, 0, 0, true},   // kGray16
    {3, 0, 1, 2, false},  // kRgb8
    {3, 2, 1, 0, false},  // kBgr8
    {4, 0, 1, 2, false},  // kRgba8
    {4, 2, 1, 0, false},  // kBgra8
    {6, 0, 2, 4, true},   // kRgb16
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
  if (image.bits != 0 && (image.bits < 8 || image.bits > 16)) return InvalidArgument("samples hold 8 to 16 bits");
  if (std::llabs(image.stride) < image.width * kFormats[format].bytes)
    return InvalidArgument("stride shorter than a row");
  return {};
}

namespace {

// `sample(p)`: the byte of the sample at p.
template <typename F>
void Convert(const ImageView& image, const FormatInfo& format, int out_channels, F&& sample, uint8_t* out) {
  const auto* data = reinterpret_cast<const uint8_t*>(image.data);
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* p = data + y * image.stride;
    for (int64_t x = 0; x < image.width; ++x, p += format.bytes) {
      if (format.grey()) {
        *out++ = sample(p + format.red);
      } else if (out_channels == 1) {
        *out++ = Luma(sample(p + format.red), sample(p + format.green), sample(p + format.blue));
      } else {
        *out++ = sample(p + format.red);
        *out++ = sample(p + format.green);
        *out++ = sample(p + format.blue);
      }
    }
  }
}

}  // namespace

Pixels ToPixels(const ImageView& image, int channels, SampleDepth* depth, std::vector<uint8_t>* memory) {
  const FormatInfo& format = kFormats[static_cast<size_t>(image.format)];
  const auto* data = static_cast<const uint8_t*>(image.data);
  if (image.format == PixelFormat::kGray8 || (image.format == PixelFormat::kRgb8 && channels == 3)) {
    return {data, image.width, image.height, image.stride, format.bytes};
  }
  const int out_channels = format.grey() ? 1 : channels;
  memory->resize(static_cast<size_t>(image.width * image.height * out_channels));
  if (format.deep) {
    const auto byte_of_deep = [depth](const uint8_t* p) {
      uint16_t value;
      std::memcpy(&value, p, sizeof(value));
      return depth->ToByte(value);
    };
    Convert(image, format, out_channels, byte_of_deep, memory->data());
  } else {
    Convert(
        image, format, out_channels, [](const uint8_t* p) { return *p; }, memory->data());
  }
  return {memory->data(), image.width, image.height, image.width * out_channels, out_channels};
}

}  // namespace vitrt::image
