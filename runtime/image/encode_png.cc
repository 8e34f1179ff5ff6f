#include "runtime/image/encode_png.h"

#include <spng.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "runtime/base/check.h"

namespace vitrt::image {
namespace {

constexpr int kFastest = 1;  // zlib's level

Status Check(int error) { return error == 0 ? Status() : Internal(std::string("PNG: ") + spng_strerror(error)); }

}  // namespace

Result<std::vector<std::byte>> EncodePng(const DecodedImage& image, const std::string& software) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER), spng_ctx_free);
  if (context == nullptr) return Internal("out of memory");
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(image.width);
  header.height = static_cast<uint32_t>(image.height);
  header.bit_depth = 8;
  header.color_type = image.channels() == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  VITRT_RETURN_IF_ERROR(Check(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1)));
  VITRT_RETURN_IF_ERROR(Check(spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, kFastest)));
  VITRT_RETURN_IF_ERROR(Check(spng_set_ihdr(context.get(), &header)));
  std::string text = software;  // until the image is encoded
  if (!text.empty()) {
    spng_text made_by{};
    std::strcpy(made_by.keyword, "Software");  // NOLINT: 80 bytes
    made_by.type = SPNG_TEXT;
    made_by.text = text.data();
    made_by.length = text.size();
    VITRT_RETURN_IF_ERROR(Check(spng_set_text(context.get(), &made_by, 1)));
  }
  VITRT_RETURN_IF_ERROR(Check(
      spng_encode_image(context.get(), image.pixels.data(), image.pixels.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE)));
  size_t size = 0;
  int error = 0;
  const std::unique_ptr<void, void (*)(void*)> png(spng_get_png_buffer(context.get(), &size, &error), std::free);
  VITRT_RETURN_IF_ERROR(Check(error));
  const auto* bytes = static_cast<const std::byte*>(png.get());
  return std::vector<std::byte>(bytes, bytes + size);
}

}  // namespace vitrt::image
