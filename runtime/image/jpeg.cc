// JPEG through libjpeg-turbo, with its default (accurate integer) DCT and chroma upsampling, as Pillow uses it.
//
// libjpeg reports errors by longjmp. It stays inside Guarded. Warnings that mean lost or invented pixels are errors
// here.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/image/codec.h"

// jpeglib.h needs size_t and FILE; the numbers in jerror.h depend on jpeglib.h.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

namespace vitrt::image {
namespace {

constexpr int kMaxScans = 500;  // of a progressive file; real ones have about ten

struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg hands back a pointer to it
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void Fail(j_common_ptr info) {
  auto* error = reinterpret_cast<ErrorManager*>(info->err);
  error->base.format_message(info, error->message);
  std::longjmp(error->jump, 1);
}

void OnMessage(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_ARITH_BAD_CODE:
      Fail(info);
    default:
      return;
  }
}

void OnProgress(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  info->err->msg_code = JERR_BAD_PROGRESSION;
  Fail(info);
}

struct Decompressor {
  jpeg_decompress_struct info = {};
  ErrorManager error = {};
  jpeg_progress_mgr progress = {};
  ~Decompressor() { jpeg_destroy_decompress(&info); }  // also right before jpeg_create_decompress
};

// Runs `step`; false if libjpeg gave up, error.message then says why. A step and what it calls own nothing: longjmp
// runs no destructors.
template <typename Step>
bool Guarded(Decompressor* decompressor, Step step) {
  if (setjmp(decompressor->error.jump) != 0) return false;
  step(&decompressor->info);
  return true;
}

// `row` has room for a row of CMYK, if the file is that.
void ReadPixels(jpeg_decompress_struct* info, uint8_t* row, uint8_t* pixels, size_t stride) {
  jpeg_start_decompress(info);
  while (info->output_scanline < info->output_height) {
    uint8_t* out = pixels + info->output_scanline * stride;
    const bool cmyk = info->out_color_space == JCS_CMYK;
    JSAMPROW target = cmyk ? row : out;
    jpeg_read_scanlines(info, &target, 1);
    if (cmyk) {  // files hold the inverse of ink, as Adobe writes it
      for (size_t i = 0; i < size_t{4} * info->output_width; ++i) row[i] = static_cast<uint8_t>(255 - row[i]);
      CmykToRgb(row, info->output_width, out);
    }
  }
  jpeg_finish_decompress(info);
}

}  // namespace

std::string JpegVersion() {  // 2001005 is 2.1.5; libjpeg has no call for it
  constexpr int kVersion = LIBJPEG_TURBO_VERSION_NUMBER;
  return std::to_string(kVersion / 1000000) + "." + std::to_string(kVersion / 1000 % 1000) + "." +
         std::to_string(kVersion % 1000);
}

Status DecodeJpeg(Bytes file, DecodedImage* image) {
  Decompressor decompressor;
  jpeg_decompress_struct& info = decompressor.info;
  info.err = jpeg_std_error(&decompressor.error.base);
  decompressor.error.base.error_exit = Fail;
  decompressor.error.base.emit_message = OnMessage;
  decompressor.progress.progress_monitor = OnProgress;
  const bool opened = Guarded(&decompressor, [&](jpeg_decompress_struct* d) {
    jpeg_create_decompress(d);
    d->progress = &decompressor.progress;
    jpeg_mem_src(d, file.data(), file.size());
    jpeg_read_header(d, TRUE);
  });
  if (!opened) return BadInput(decompressor.error.message);

  const bool grey = info.num_components == 1, cmyk = info.num_components == 4;
  info.out_color_space = grey ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
  VITRT_RETURN_IF_ERROR(
      Allocate(info.image_width, info.image_height, grey ? PixelFormat::kGray8 : PixelFormat::kRgb8, image));
  std::vector<uint8_t> row(cmyk ? size_t{4} * info.image_width : 0);
  uint8_t* const pixels = image->pixels.data();
  const size_t stride = static_cast<size_t>(image->width) * image->channels();
  const bool done = Guarded(
      &decompressor, [&, pixels, stride](jpeg_decompress_struct* d) { ReadPixels(d, row.data(), pixels, stride); });
  return done ? Status() : BadInput(decompressor.error.message);
}

}  // namespace vitrt::image
