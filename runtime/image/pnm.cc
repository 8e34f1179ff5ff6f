// Netpbm P1 to P6 (netpbm.sourceforge.net/doc/pnm.html), maximum values up to 65535. Samples are scaled as Pillow does:
// colour to round(v / max * 255); grey above 8 bits to round(v / max * 65535), of which the high byte is kept.
#include <cmath>
#include <cstring>
#include <memory>
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

// A row of P4.
void UnpackBits(const uint8_t* row, int64_t width, uint8_t* out) {
  for (int64_t x = 0; x < width; ++x) *out++ = (row[x / 8] >> (7 - x % 8)) & 1 ? 0 : 255;
}

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
  for (int64_t y = 0; y < image->height; ++y) {
    UnpackBits(file.data() + start + static_cast<size_t>(y) * stride, image->width,
               image->pixels.data() + y * image->width);
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

// Samples of P5 and P6.
void ScaleSamples(const uint8_t* in, int64_t samples, int64_t maximum, const std::vector<uint8_t>& scaled,
                  SampleDepth* depth, uint8_t* out) {
  uint16_t seen = 0;
  for (int64_t i = 0; i < samples; ++i) {
    int64_t value = *in++;
    if (maximum > 255) value = value << 8 | *in++;
    seen = static_cast<uint16_t>(seen | value);
    *out++ = scaled[static_cast<size_t>(value > maximum ? maximum : value)];  // Pillow clips binary samples
  }
  if (maximum == 65535) depth->seen = static_cast<uint16_t>(depth->seen | seen);
}

Status ReadSamples(Bytes file, bool plain, int64_t maximum, Tokens tokens, DecodedImage* image) {
  const std::vector<uint8_t> scaled = ScaleTable(maximum, image->channels() == 1, image->depth);
  if (plain) {
    for (uint8_t& out : image->pixels) {
      VITRT_ASSIGN_OR_RETURN(const int64_t value, tokens.Number());
      if (value > maximum) return BadInput("sample above the maximum");
      if (maximum == 65535) image->depth.seen = static_cast<uint16_t>(image->depth.seen | value);
      out = scaled[static_cast<size_t>(value)];
    }
    return {};
  }
  const size_t start = tokens.at() + 1;
  const size_t bytes = maximum > 255 ? 2 : 1;
  if (start > file.size() || file.size() - start < image->pixels.size() * bytes) return BadInput("truncated pixels");
  ScaleSamples(file.data() + start, static_cast<int64_t>(image->pixels.size()), maximum, scaled, &image->depth,
               image->pixels.data());
  return {};
}

struct Header {
  int kind = 0;  // 1, 4 bitmap; 2, 5 grey; 3, 6 colour; 1 to 3 are text
  int64_t width = 0, height = 0, maximum = 1;

  bool plain() const { return kind <= 3; }
  bool bitmap() const { return kind % 3 == 1; }
  PixelFormat format() const { return kind % 3 == 0 ? PixelFormat::kRgb8 : PixelFormat::kGray8; }
};

Result<Header> ReadHeader(Bytes file, Tokens* tokens) {
  Header h{.kind = file[1] - '0'};
  if (!IsSpace(file[2]) && file[2] != '#') return BadInput("no white space after the signature");
  VITRT_ASSIGN_OR_RETURN(h.width, tokens->Number());
  VITRT_ASSIGN_OR_RETURN(h.height, tokens->Number());
  if (h.bitmap()) return h;
  VITRT_ASSIGN_OR_RETURN(h.maximum, tokens->Number());
  if (h.maximum < 1 || h.maximum > 65535) return BadInput("maximum value outside 1 to 65535");
  return h;
}

// Rows of P4 to P6.
class PnmRows : public RowReader {
 public:
  PnmRows(const Header& h, const uint8_t* pixels, SampleDepth sample_depth) : header_(h), next_(pixels) {
    width = h.width;
    height = h.height;
    format = h.format();
    depth = sample_depth;
    scaled_ = ScaleTable(h.maximum, format == PixelFormat::kGray8, depth);
  }

  static int64_t RowBytes(const Header& h) {
    if (h.bitmap()) return (h.width + 7) / 8;
    return h.width * (h.format() == PixelFormat::kRgb8 ? 3 : 1) * (h.maximum > 255 ? 2 : 1);
  }

  Status Read(int64_t rows, uint8_t* out) override {
    const int64_t samples = width * channels();
    for (int64_t r = 0; r < rows; ++r, next_ += RowBytes(header_), out += samples) {
      if (header_.bitmap()) {
        UnpackBits(next_, width, out);
      } else {
        ScaleSamples(next_, samples, header_.maximum, scaled_, &depth, out);
      }
    }
    return {};
  }

 private:
  Header header_;
  const uint8_t* next_;
  std::vector<uint8_t> scaled_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> OpenPnmRows(Bytes file, SampleDepth depth) {
  if (!IsPnm(file)) return std::unique_ptr<RowReader>();
  Tokens tokens(file, 2);
  const Result<Header> h = ReadHeader(file, &tokens);
  if (!h.ok()) return Status(h.status()).Within("PNM");
  if (h->plain()) return std::unique_ptr<RowReader>();
  VITRT_RETURN_IF_ERROR(CheckRows(h->width, h->height));
  const size_t start = tokens.at() + 1;  // one white space after the header
  if (start > file.size() ||
      static_cast<int64_t>((file.size() - start) / static_cast<size_t>(PnmRows::RowBytes(*h))) < h->height) {
    return BadInput("truncated pixels", "PNM");
  }
  return std::unique_ptr<RowReader>(std::make_unique<PnmRows>(*h, file.data() + start, depth));
}

Status DecodePnm(Bytes file, DecodedImage* image) {
  Tokens tokens(file, 2);
  VITRT_ASSIGN_OR_RETURN(const Header h, ReadHeader(file, &tokens));
  const auto [kind, width, height, maximum] = h;
  const bool plain = h.plain(), bitmap = h.bitmap();
  // A pixel takes at least this many eighths of a byte: a short file cannot ask for much memory.
  const int64_t least = bitmap && !plain ? 1 : 8 * (kind % 3 == 0 ? 3 : 1);
  if (width > 0 && height > 0 && width <= kMaxPixels / height &&
      width * height * least / 8 > static_cast<int64_t>(file.size())) {
    return BadInput("truncated pixels");
  }
  VITRT_RETURN_IF_ERROR(Allocate(width, height, h.format(), image));
  return bitmap ? ReadBitmap(file, plain, tokens, image) : ReadSamples(file, plain, maximum, tokens, image);
}

}  // namespace vitrt::image
