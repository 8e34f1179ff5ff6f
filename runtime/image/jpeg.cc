// JPEG through libjpeg-turbo, with its default (accurate integer) DCT and chroma upsampling, as Pillow uses it.
//
// libjpeg reports errors by longjmp. It stays inside RunDecoder, whose frame holds only trivially destructible objects;
// everything that owns memory belongs to its caller. Warnings that mean lost or invented pixels are errors here.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <vector>

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

// `status`, `image` and `row` belong to the caller. False: error.message says why, or *status is set.
bool RunDecoder(Bytes file, Decompressor* decompressor, DecodedImage* image, std::vector<uint8_t>* row,
                Status* status) {
  jpeg_decompress_struct* info = &decompressor->info;
  if (setjmp(decompressor->error.jump) != 0) return false;
  jpeg_create_decompress(info);
  static_assert(sizeof(unsigned long) == 8);
  jpeg_mem_src(info, file.data(), file.size());
  info->progress = &decompressor->progress;
  jpeg_read_header(info, TRUE);

  const bool grey = info->num_components == 1;
  const bool cmyk = info->num_components == 4;
  *status = Allocate(info->image_width, info->image_height, grey ? PixelFormat::kGray8 : PixelFormat::kRgb8, image);
  if (!status->ok()) return false;
  info->out_color_space = grey ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(info);

  const size_t stride = static_cast<size_t>(image->width) * image->channels();
  if (cmyk) row->resize(static_cast<size_t>(image->width) * 4);
  while (info->output_scanline < info->output_height) {
    uint8_t* out = image->pixels.data() + info->output_scanline * stride;
    JSAMPROW target = cmyk ? row->data() : out;
    jpeg_read_scanlines(info, &target, 1);
    if (cmyk) {  // files hold the inverse of ink, as Adobe writes it
      for (uint8_t& sample : *row) sample = static_cast<uint8_t>(255 - sample);
      CmykToRgb(row->data(), image->width, out);
    }
  }
  jpeg_finish_decompress(info);
  return true;
}

}  // namespace

Status DecodeJpeg(Bytes file, DecodedImage* image) {
  Decompressor decompressor;
  decompressor.info.err = jpeg_std_error(&decompressor.error.base);
  decompressor.error.base.error_exit = Fail;
  decompressor.error.base.emit_message = OnMessage;
  decompressor.progress.progress_monitor = OnProgress;
  std::vector<uint8_t> row;
  Status status;
  const bool done = RunDecoder(file, &decompressor, image, &row, &status);
  if (!status.ok()) return status;
  return done ? Status() : BadInput(decompressor.error.message);
}

}  // namespace vitrt::image
