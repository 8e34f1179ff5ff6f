// BMP: 1, 4, 8 bits with a palette, 16, 24, 32 bits, with or without bit fields, bottom-up or top-down, OS/2 and
// Windows headers ([MS-WMF] 2.2.2). Run-length encoded and embedded JPEG/PNG files are refused.
#include <bit>
#include <cstring>
#include <string>

#include "runtime/base/check.h"
#include "runtime/image/codec.h"

namespace vitrt::image {
namespace {

constexpr uint32_t kRaw = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3;
constexpr size_t kFileHeader = 14;

uint32_t Little(Bytes file, size_t offset, int bytes) {  // the caller has checked the range
  uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= uint32_t{file[offset + i]} << (8 * i);
  return value;
}

struct Header {
  int64_t width = 0, height = 0;
  bool top_down = false;
  uint32_t bits = 0, compression = kRaw, colors = 0;
  size_t palette_offset = 0, palette_entry = 4, pixel_offset = 0;
  uint32_t masks[3] = {};  // red, green, blue
};

Status ReadHeader(Bytes file, Header* h) {
  if (file.size() < kFileHeader + 4) return BadInput("truncated header");
  const uint32_t size = Little(file, kFileHeader, 4);
  if (size != 12 && size != 40 && size != 52 && size != 56 && size != 64 && size != 108 && size != 124) {
    return BadInput("unknown header of " + std::to_string(size) + " bytes");
  }
  if (file.size() < kFileHeader + size) return BadInput("truncated header");
  const size_t at = kFileHeader;
  if (size == 12) {  // OS/2 1.x
    h->width = Little(file, at + 4, 2);
    h->height = Little(file, at + 6, 2);
    h->bits = Little(file, at + 10, 2);
    h->palette_entry = 3;
  } else {
    h->width = static_cast<int32_t>(Little(file, at + 4, 4));
    h->height = static_cast<int32_t>(Little(file, at + 8, 4));
    h->bits = Little(file, at + 14, 2);
    h->compression = Little(file, at + 16, 4);
    h->colors = Little(file, at + 32, 4);
    h->top_down = h->height < 0;
    if (h->top_down) h->height = -h->height;
  }
  h->palette_offset = at + size;
  if (h->compression == kBitFields) {
    if (file.size() < at + 52) return BadInput("truncated header");
    for (int c = 0; c < 3; ++c) h->masks[c] = Little(file, at + 40 + 4 * c, 4);
    if (size == 40) h->palette_offset += 12;
  }
  h->pixel_offset = Little(file, 10, 4);
  return {};
}

// Bits of one colour in a pixel, scaled to 8 bits as Pillow does: value * 255 / largest.
struct Channel {
  uint32_t mask = 0, largest = 1;
  int shift = 0;
  uint8_t operator()(uint32_t pixel) const {
    const uint32_t value = (pixel & mask) >> shift;
    return static_cast<uint8_t>(largest == 255 ? value : uint64_t{value} * 255 / largest);
  }
};

Status MakeChannels(const Header& h, Channel channels[3]) {
  static constexpr uint32_t k555[3] = {0x7c00, 0x3e0, 0x1f}, k888[3] = {0xff0000, 0xff00, 0xff};
  const bool given = h.compression == kBitFields && (h.masks[0] | h.masks[1] | h.masks[2]) != 0;
  for (int c = 0; c < 3; ++c) {
    const uint32_t mask = given ? h.masks[c] : h.bits == 16 ? k555[c] : k888[c];
    if (mask == 0) return BadInput("bit fields without a colour");
    const int shift = std::countr_zero(mask);
    const uint32_t largest = mask >> shift;
    if ((largest & (largest + 1)) != 0) return BadInput("bit fields with holes");
    channels[c] = {mask, largest, shift};
  }
  return {};
}

Status ReadPalettePixels(Bytes file, const Header& h, const uint8_t* rows, int64_t stride, DecodedImage* image) {
  const uint32_t colors = h.colors == 0 ? 1u << h.bits : h.colors;
  if (colors > 256) return BadInput("palette of " + std::to_string(colors) + " colours");
  if (h.palette_offset + colors * h.palette_entry > file.size()) return BadInput("truncated palette");
  const uint8_t* palette = file.data() + h.palette_offset;  // blue, green, red
  bool grey = true;
  for (uint32_t i = 0; i < colors; ++i) {
    const uint8_t* p = palette + i * h.palette_entry;
    grey &= p[0] == p[1] && p[1] == p[2];
  }
  VITRT_RETURN_IF_ERROR(Allocate(h.width, h.height, grey ? PixelFormat::kGray8 : PixelFormat::kRgb8, image));
  uint8_t* out = image->pixels.data();
  for (int64_t y = 0; y < h.height; ++y) {
    const uint8_t* row = rows + (h.top_down ? y : h.height - 1 - y) * stride;
    for (int64_t x = 0; x < h.width; ++x) {
      const int64_t bit = x * h.bits;
      const uint32_t index = (row[bit / 8] >> (8 - h.bits - bit % 8)) & ((1u << h.bits) - 1);
      if (index >= colors) return BadInput("colour outside the palette");
      const uint8_t* p = palette + index * h.palette_entry;
      if (!grey) *out++ = p[2], *out++ = p[1];
      *out++ = p[0];
    }
  }
  return {};
}

Status ReadColorPixels(const Header& h, const uint8_t* rows, int64_t stride, DecodedImage* image) {
  Channel channels[3];
  VITRT_RETURN_IF_ERROR(MakeChannels(h, channels));
  VITRT_RETURN_IF_ERROR(Allocate(h.width, h.height, PixelFormat::kRgb8, image));
  uint8_t* out = image->pixels.data();
  const int bytes = static_cast<int>(h.bits) / 8;
  for (int64_t y = 0; y < h.height; ++y) {
    const uint8_t* p = rows + (h.top_down ? y : h.height - 1 - y) * stride;
    for (int64_t x = 0; x < h.width; ++x, p += bytes) {
      uint32_t pixel = 0;
      for (int i = 0; i < bytes; ++i) pixel |= uint32_t{p[i]} << (8 * i);
      for (const Channel& channel : channels) *out++ = channel(pixel);
    }
  }
  return {};
}

}  // namespace

Status DecodeBmp(Bytes file, DecodedImage* image) {
  Header h;
  VITRT_RETURN_IF_ERROR(ReadHeader(file, &h));
  const bool palette = h.bits == 1 || h.bits == 4 || h.bits == 8;
  if (!palette && h.bits != 16 && h.bits != 24 && h.bits != 32) {
    return BadInput(std::to_string(h.bits) + " bits per pixel are not supported");
  }
  if (h.compression == kRle8 || h.compression == kRle4) {
    return BadInput("run-length encoded BMP is not supported", {}, "save it uncompressed or as PNG");
  }
  if (h.compression != kRaw && (h.compression != kBitFields || palette)) {
    return BadInput("BMP compression " + std::to_string(h.compression) + " is not supported");
  }
  if (h.width <= 0 || h.height <= 0) return BadInput("image without pixels");
  if (h.width > kMaxPixels / h.height) return Allocate(h.width, h.height, PixelFormat::kRgb8, image);

  size_t offset = h.pixel_offset;
  const size_t after_palette =
      h.palette_offset + (palette ? h.palette_entry * (h.colors ? h.colors : 1u << h.bits) : 0);
  if (offset == 0 || (palette && offset == h.palette_offset)) offset = after_palette;  // writers that forget it
  const int64_t stride = (h.width * h.bits + 31) / 32 * 4;
  const int64_t last_row = (h.width * h.bits + 7) / 8;  // its padding may be missing
  if (offset > file.size() || static_cast<size_t>((h.height - 1) * stride + last_row) > file.size() - offset) {
    return BadInput("truncated pixels");
  }
  const uint8_t* rows = file.data() + offset;
  return palette ? ReadPalettePixels(file, h, rows, stride, image) : ReadColorPixels(h, rows, stride, image);
}

}  // namespace vitrt::image
