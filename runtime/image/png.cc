// PNG through libspng. Palette and 1-, 2- and 4-bit grey are expanded, alpha is dropped, of 16-bit samples
// DecodedImage::depth makes bytes.
#include <spng.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/image/codec.h"

namespace vitrt::image {
namespace {

constexpr size_t kMaxChunkBytes = size_t{64} << 20;  // one ancillary chunk, and all that are kept

Status Check(int error) { return error == 0 ? Status() : BadInput(spng_strerror(error)); }

// 16-bit samples of 1 to 4 channels a pixel; alpha, the second or fourth, is dropped.
Status DecodeDeep(spng_ctx* context, const spng_ihdr& header, bool grey, DecodedImage* image) {
  VITRT_RETURN_IF_ERROR(Allocate(header.width, header.height, grey ? PixelFormat::kGray8 : PixelFormat::kRgb8, image));
  size_t bytes = 0;
  VITRT_RETURN_IF_ERROR(Check(spng_decoded_image_size(context, SPNG_FMT_PNG, &bytes)));
  std::vector<uint16_t> samples(bytes / sizeof(uint16_t));  // in host order
  VITRT_RETURN_IF_ERROR(Check(spng_decode_image(context, samples.data(), bytes, SPNG_FMT_PNG, 0)));
  const size_t colours = grey ? 1 : 3, pixels = image->pixels.size() / colours, stride = samples.size() / pixels;
  for (size_t i = 0; i < pixels; ++i) {
    for (size_t c = 0; c < colours; ++c) image->pixels[i * colours + c] = image->depth.ToByte(samples[i * stride + c]);
  }
  return {};
}

}  // namespace

std::string PngVersion() { return spng_version_string(); }

Status DecodePng(Bytes file, DecodedImage* image) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  if (context == nullptr) return Internal("out of memory");
  VITRT_RETURN_IF_ERROR(Check(spng_set_chunk_limits(context.get(), kMaxChunkBytes, kMaxChunkBytes)));
  VITRT_RETURN_IF_ERROR(Check(spng_set_png_buffer(context.get(), file.data(), file.size())));
  spng_ihdr header;
  VITRT_RETURN_IF_ERROR(Check(spng_get_ihdr(context.get(), &header)));

  const bool grey = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE;
  const bool grey_alpha = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
  if (header.bit_depth == 16) return DecodeDeep(context.get(), header, grey || grey_alpha, image);
  const bool direct = grey && header.bit_depth <= 8;  // libspng gives G8 only then; other greys come as RGB
  const int format = direct ? SPNG_FMT_G8 : SPNG_FMT_RGB8;
  VITRT_RETURN_IF_ERROR(
      Allocate(header.width, header.height, direct ? PixelFormat::kGray8 : PixelFormat::kRgb8, image));
  VITRT_RETURN_IF_ERROR(Check(spng_decode_image(context.get(), image->pixels.data(), image->pixels.size(), format, 0)));

  if ((grey || grey_alpha) && !direct) {
    const size_t pixels = image->pixels.size() / 3;
    for (size_t i = 0; i < pixels; ++i) image->pixels[i] = image->pixels[3 * i];
    image->pixels.resize(pixels);
    image->format = PixelFormat::kGray8;
  }
  return {};
}

}  // namespace vitrt::image
