// PNG through libspng. Palette and 1-, 2- and 4-bit grey are expanded, alpha is dropped, of 16-bit samples
// DecodedImage::depth makes bytes.
#include <spng.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/image/codec.h"

namespace vitrt::image {
namespace {

constexpr size_t kMaxChunkBytes = size_t{64} << 20;  // one ancillary chunk, and all that are kept

Status Check(int error) { return error == 0 ? Status() : BadInput(spng_strerror(error)); }

using Context = std::unique_ptr<spng_ctx, void (*)(spng_ctx*)>;

// What libspng hands out of a file, and what becomes of it.
struct Layout {
  spng_ihdr header{};
  bool grey = false;
  int format = SPNG_FMT_RGB8;  // of libspng's pixels
  size_t pixel_bytes = 3;      // likewise

  PixelFormat wanted() const { return grey ? PixelFormat::kGray8 : PixelFormat::kRgb8; }
  size_t colours() const { return grey ? 1 : 3; }
  bool direct() const { return header.bit_depth <= 8 && pixel_bytes == colours(); }
};

Result<Context> Open(Bytes file, Layout* l) {
  Context context(spng_ctx_new(0), spng_ctx_free);
  if (context == nullptr) return Internal("out of memory");
  VITRT_RETURN_IF_ERROR(Check(spng_set_chunk_limits(context.get(), kMaxChunkBytes, kMaxChunkBytes)));
  VITRT_RETURN_IF_ERROR(Check(spng_set_png_buffer(context.get(), file.data(), file.size())));
  VITRT_RETURN_IF_ERROR(Check(spng_get_ihdr(context.get(), &l->header)));
  const int type = l->header.color_type;
  const bool plain_grey = type == SPNG_COLOR_TYPE_GRAYSCALE, grey_alpha = type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
  l->grey = plain_grey || grey_alpha;
  if (l->header.bit_depth == 16) {  // 16-bit samples in host order, alpha included
    l->format = SPNG_FMT_PNG;
    l->pixel_bytes = 2 * ((l->grey ? 1 : 3) + (grey_alpha || type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ? 1 : 0));
  } else if (plain_grey) {  // libspng gives G8 only then; other greys come as RGB
    l->format = SPNG_FMT_G8;
    l->pixel_bytes = 1;
  }
  return context;
}

// libspng's pixels to grey or RGB; alpha, the last sample of a pixel, is dropped.
void ToPixels(const Layout& l, const uint8_t* in, size_t pixels, SampleDepth* depth, uint8_t* out) {
  const size_t colours = l.colours();
  for (size_t i = 0; i < pixels; ++i, in += l.pixel_bytes) {
    for (size_t c = 0; c < colours; ++c) {
      if (l.header.bit_depth == 16) {
        uint16_t sample;
        std::memcpy(&sample, in + 2 * c, 2);
        *out++ = depth->ToByte(sample);
      } else {
        *out++ = in[c];
      }
    }
  }
}

class PngRows : public RowReader {
 public:
  PngRows(Context context, const Layout& layout, SampleDepth sample_depth)
      : context_(std::move(context)), layout_(layout) {
    width = layout.header.width;
    height = layout.header.height;
    format = layout.wanted();
    depth = sample_depth;
    row_.resize(static_cast<size_t>(width) * layout.pixel_bytes);
  }

  Status Start() {
    return Check(spng_decode_image(context_.get(), nullptr, 0, layout_.format, SPNG_DECODE_PROGRESSIVE));
  }

  Status Read(int64_t rows, uint8_t* out) override {
    for (int64_t r = 0; r < rows; ++r, ++next_, out += width * channels()) {
      const int error = spng_decode_row(context_.get(), row_.data(), row_.size());
      if (error != 0 && !(error == SPNG_EOI && next_ + 1 == height)) return BadInput(spng_strerror(error), "PNG");
      ToPixels(layout_, row_.data(), static_cast<size_t>(width), &depth, out);
    }
    return {};
  }

 private:
  Context context_;
  Layout layout_;
  std::vector<uint8_t> row_;
  int64_t next_ = 0;
};

}  // namespace

std::string PngVersion() { return spng_version_string(); }

Status DecodePng(Bytes file, DecodedImage* image) {
  Layout l;
  VITRT_ASSIGN_OR_RETURN(const Context context, Open(file, &l));
  VITRT_RETURN_IF_ERROR(Allocate(l.header.width, l.header.height, l.wanted(), image));
  const size_t pixels = image->pixels.size() / l.colours();
  if (l.direct())
    return Check(spng_decode_image(context.get(), image->pixels.data(), image->pixels.size(), l.format, 0));
  std::vector<uint8_t> samples(pixels * l.pixel_bytes);
  VITRT_RETURN_IF_ERROR(Check(spng_decode_image(context.get(), samples.data(), samples.size(), l.format, 0)));
  ToPixels(l, samples.data(), pixels, &image->depth, image->pixels.data());
  return {};
}

Result<std::unique_ptr<RowReader>> OpenPngRows(Bytes file, SampleDepth depth) {
  if (!IsPng(file)) return std::unique_ptr<RowReader>();
  Layout l;
  Result<Context> context = Open(file, &l);
  if (!context.ok()) return Status(context.status()).Within("PNG");
  if (l.header.interlace_method != SPNG_INTERLACE_NONE) return std::unique_ptr<RowReader>();
  VITRT_RETURN_IF_ERROR(CheckRows(l.header.width, l.header.height));
  auto rows = std::make_unique<PngRows>(std::move(context).value(), l, depth);
  if (Status status = rows->Start(); !status.ok()) return std::move(status).Within("PNG");
  return std::unique_ptr<RowReader>(std::move(rows));
}

}  // namespace vitrt::image
