// Netpbm P1 to P6 (netpbm.sourceforge.net/doc/pnm.html), maximum values up to 65535. Samples are scaled as Pillow does:
// colour to round(v / max * 255); grey above 8 bits to round(v / max * 65535), of which the high byte is kept.
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/image/codec.h"

namespace vitrt::image {
namespace {

bool IsSpace(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Reads numbers separated by white space and comments (# to the end of the line).
class Tokens {
 public:
  Tokens(Bytes file, size_t at) : file_(file), at_(at) {}

  bool SkipSpace() {  // false at the end of the file
    while (at_ < file_.size()) {
      if (file_[at_] == '#') {
        while (at_ < file_.size() && file_[at_] != '\n' && file_[at_] != '\r') ++at_;
      } else if (IsSpace(file_[at_])) {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  Result<int64_t> Number() {
    if (!SkipSpace()) return BadInput("truncated file");
    int64_t value = 0;
    int digits = 0;
    for (; at_ < file_.size() && file_[at_] >= '0' && file_[at_] <= '9'; ++at_, ++digits) {
      if (digits == 10) return BadInput("number too long");
      value = value * 10 + (file_[at_] - '0');
    }
    if (digits == 0) return BadInput("not a number");
    if (at_ == file_.size()) return BadInput("truncated file");  // white space ends a number, or it may be cut
    return value;
  }

  Result<int> Bit() {  // of P1, where white space between digits is optional
    if (!SkipSpace()) return BadInput("truncated file");
    const uint8_t c = file_[at_++];
    if (c != '0' && c != '1') return BadInput("not a bit");
    return c - '0';
  }

  size_t at() const { return at_; }

 private:
  Bytes file_;
  size_t at_;
};

Status ReadBitmap(Bytes file, bool plain, Tokens tokens, DecodedImage* image) {
  if (plain) {
    for (uint8_t& out : image->pixels) {
      VITRT_ASSIGN_OR_RETURN(const int bit, tokens.Bit());
      out = bit != 0 ? 0 : 255;
    }
    return {};
  }
  const size_t start = tokens.at() + 1;  // one white space after the header
  const size_t stride = static_cast<size_t>(image->width + 7) / 8;
  if (start > file.size() || file.size() - start < stride * static_cast<size_t>(image->height)) {
    return BadInput("truncated pixels");
  }
  uint8_t* out = image->pixels.data();
  for (int64_t y = 0; y < image->height; ++y) {
    const uint8_t* row = file.data() + start + static_cast<size_t>(y) * stride;
    for (int64_t x = 0; x < image->width; ++x) *out++ = (row[x / 8] >> (7 - x % 8)) & 1 ? 0 : 255;
  }
  return {};
}

// scaled[v]: the 8-bit sample of value v. A maximum of 65535 says nothing of the bits that samples hold, any other
// does.
std::vector<uint8_t> ScaleTable(int64_t maximum, bool grey, SampleDepth depth) {
  std::vector<uint8_t> scaled(static_cast<size_t>(maximum) + 1);
  if (maximum == 65535 && depth.bits < 16) {
    for (size_t v = 0; v < scaled.size(); ++v) scaled[v] = depth.ToByte(static_cast<uint16_t>(v));
    return scaled;
  }
  const bool high_byte = grey && maximum > 255;
  for (int64_t v = 0; v <= maximum; ++v) {
    const double part = static_cast<double>(v) / static_cast<double>(maximum);
    const auto value = static_cast<int>(std::nearbyint(part * (high_byte ? 65535 : 255)));
    scaled[static_cast<size_t>(v)] = static_cast<uint8_t>(high_byte ? value >> 8 : value);
  }
  return scaled;
}

Status ReadSamples(Bytes file, bool plain, int64_t maximum, Tokens tokens, DecodedImage* image) {
  const std::vector<uint8_t> scaled = ScaleTable(maximum, image->channels() == 1, image->depth);
  uint16_t* seen = maximum == 65535 ? &image->depth.seen : nullptr;
  if (plain) {
    for (uint8_t& out : image->pixels) {
      VITRT_ASSIGN_OR_RETURN(const int64_t value, tokens.Number());
      if (value > maximum) return BadInput("sample above the maximum");
      if (seen != nullptr) *seen = static_cast<uint16_t>(*seen | value);
      out = scaled[static_cast<size_t>(value)];
    }
    return {};
  }
  const size_t start = tokens.at() + 1;
  const size_t bytes = maximum > 255 ? 2 : 1;
  if (start > file.size() || file.size() - start < image->pixels.size() * bytes) return BadInput("truncated pixels");
  const uint8_t* in = file.data() + start;
  for (uint8_t& out : image->pixels) {
    int64_t value = *in++;
    if (bytes == 2) value = value << 8 | *in++;
    if (seen != nullptr) *seen = static_cast<uint16_t>(*seen | value);
    out = scaled[static_cast<size_t>(value > maximum ? maximum : value)];  // Pillow clips binary samples
  }
  return {};
}

}  // namespace

Status DecodePnm(Bytes file, DecodedImage* image) {
  const int kind = file[1] - '0';  // 1, 4 bitmap; 2, 5 grey; 3, 6 colour; 1 to 3 are text
  if (!IsSpace(file[2]) && file[2] != '#') return BadInput("no white space after the signature");
  Tokens tokens(file, 2);
  VITRT_ASSIGN_OR_RETURN(const int64_t width, tokens.Number());
  VITRT_ASSIGN_OR_RETURN(const int64_t height, tokens.Number());
  const bool plain = kind <= 3, bitmap = kind % 3 == 1;
  int64_t maximum = 1;
  if (!bitmap) {
    VITRT_ASSIGN_OR_RETURN(maximum, tokens.Number());
    if (maximum < 1 || maximum > 65535) return BadInput("maximum value outside 1 to 65535");
  }
  // A pixel takes at least this many eighths of a byte: a short file cannot ask for much memory.
  const int64_t least = bitmap && !plain ? 1 : 8 * (kind % 3 == 0 ? 3 : 1);
  if (width > 0 && height > 0 && width <= kMaxPixels / height &&
      width * height * least / 8 > static_cast<int64_t>(file.size())) {
    return BadInput("truncated pixels");
  }
  VITRT_RETURN_IF_ERROR(Allocate(width, height, kind % 3 == 0 ? PixelFormat::kRgb8 : PixelFormat::kGray8, image));
  return bitmap ? ReadBitmap(file, plain, tokens, image) : ReadSamples(file, plain, maximum, tokens, image);
}

}  // namespace vitrt::image
