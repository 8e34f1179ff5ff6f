// The table of formats, and what every format needs.
#include "runtime/image/decode.h"

#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/image/codec.h"

namespace vitrt::image {
namespace {

bool StartsWith(Bytes file, std::string_view magic) {
  return file.size() >= magic.size() && std::memcmp(file.data(), magic.data(), magic.size()) == 0;
}

using std::string_view_literals::operator""sv;

struct Codec {
  const char* name;
  bool (*matches)(Bytes file);
  Status (*decode)(Bytes file, DecodedImage* image);
};

constexpr Codec kCodecs[] = {
    {"PNG", IsPng, DecodePng},    {"JPEG", [](Bytes f) { return StartsWith(f, "\xff\xd8\xff"sv); }, DecodeJpeg},
    {"TIFF", IsTiff, DecodeTiff}, {"BMP", [](Bytes f) { return StartsWith(f, "BM"sv); }, DecodeBmp},
    {"PNM", IsPnm, DecodePnm},
};

Bytes AsBytes(std::span<const std::byte> file) { return {reinterpret_cast<const uint8_t*>(file.data()), file.size()}; }

const Codec* Find(Bytes file) {
  for (const Codec& codec : kCodecs) {
    if (codec.matches(file)) return &codec;
  }
  return nullptr;
}

}  // namespace

bool IsPng(Bytes f) { return StartsWith(f, "\x89PNG\r\n\x1a\n"sv); }

bool IsTiff(Bytes f) {  // classic and BigTIFF, both byte orders
  return StartsWith(f, "II\x2a\0"sv) || StartsWith(f, "MM\0\x2a"sv) || StartsWith(f, "II\x2b\0"sv) ||
         StartsWith(f, "MM\0\x2b"sv);
}

bool IsPnm(Bytes f) { return f.size() >= 3 && f[0] == 'P' && f[1] >= '1' && f[1] <= '6'; }

Status CheckRows(int64_t width, int64_t height) {
  if (width <= 0 || height <= 0) return BadInput("image without pixels");
  if (width <= kMaxSide && height <= INT32_MAX) return {};
  return BadInput("image of " + std::to_string(width) + " x " + std::to_string(height) + " pixels is too large", {},
                  "at most " + std::to_string(kMaxSide) + " columns are read");
}

Status Allocate(int64_t width, int64_t height, PixelFormat format, DecodedImage* image) {
  if (width <= 0 || height <= 0) return BadInput("image without pixels");
  if (width > kMaxSide || height > kMaxSide || width > kMaxPixels / height) {
    return BadInput("image of " + std::to_string(width) + " x " + std::to_string(height) + " pixels is too large", {},
                    "at most " + std::to_string(kMaxPixels) + " pixels are decoded at once, and " +
                        std::to_string(kMaxSide) +
                        " a side; vitrt scan reads PNG that is not interlaced, TIFF and binary PNM in strips");
  }
  image->width = width;
  image->height = height;
  image->format = format;
  image->pixels.resize(static_cast<size_t>(width * height * image->channels()));
  return {};
}

void CmykToRgb(const uint8_t* cmyk, int64_t pixels, uint8_t* rgb) {
  for (int64_t i = 0; i < pixels; ++i, cmyk += 4, rgb += 3) {
    const int light = 255 - cmyk[3];
    for (int c = 0; c < 3; ++c) {
      const int product = cmyk[c] * light + 128;  // c * light / 255, rounded
      const int value = light - (((product >> 8) + product) >> 8);
      rgb[c] = static_cast<uint8_t>(value < 0 ? 0 : value);
    }
  }
}

bool LooksLikeImage(std::span<const std::byte> file) { return Find(AsBytes(file)) != nullptr; }

Status DecodeInto(std::span<const std::byte> file, DecodedImage* image) {
  if (file.empty()) return BadInput("empty file");
  const Codec* codec = Find(AsBytes(file));
  if (codec == nullptr) return BadInput("not a PNG, JPEG, TIFF, BMP or PNM image");
  image->depth.seen = 0;
  try {
    Status status = codec->decode(AsBytes(file), image);
    return status.ok() ? status : std::move(status).Within(codec->name);
  } catch (const std::bad_alloc&) {
    return Internal("out of memory", codec->name);
  }
}

std::vector<LibraryVersion> CodecVersions() {
  return {{"libspng", PngVersion()}, {"libjpeg-turbo", JpegVersion()}, {"libtiff", TiffVersion()}};
}

Result<DecodedImage> Decode(std::span<const std::byte> file) {
  DecodedImage image;
  if (Status status = DecodeInto(file, &image); !status.ok()) return status;
  return image;
}

}  // namespace vitrt::image
