// TIFF through libtiff, from memory: the first image of the file, in strips or tiles, contiguous or in planes. Grey (1,
// 2, 4, 8, 16 bits), palette (1, 2, 4, 8), RGB and CMYK (8, 16), JPEG-compressed YCbCr, with any extra samples. Alpha
// that colours were multiplied with is divided out and dropped, and the orientation tag is applied, both as Pillow
// does.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/image/codec.h"
#include "runtime/image/orient.h"
#include "runtime/image/tiff_memory.h"

namespace vitrt::image {
namespace {

struct Layout {
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, photometric = PHOTOMETRIC_MINISBLACK, planar = PLANARCONFIG_CONTIG;
  uint16_t orientation = ORIENTATION_TOPLEFT;
  int colors = 1;           // samples that are colour: 1, 3 (RGB) or 4 (CMYK)
  bool multiplied = false;  // the sample after the colours is alpha they were multiplied with
  uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;  // palette
  bool grey() const { return colors == 1 && !palette(); }
  bool palette() const { return photometric == PHOTOMETRIC_PALETTE; }
};

Status ReadLayout(TIFF* tiff, Layout* l) {
  uint16_t format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE, extra_count = 0, *extra = nullptr;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &l->width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &l->height)) {
    return BadInput("no image size");
  }
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &l->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &l->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &l->planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &l->orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extra);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &l->photometric)) {
    l->photometric = l->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  }
  if (l->photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    l->photometric = PHOTOMETRIC_RGB;
  }
  switch (l->photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
      l->colors = 1;
      break;
    case PHOTOMETRIC_PALETTE:
      l->colors = 1;
      if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &l->red, &l->green, &l->blue)) return BadInput("no palette");
      break;
    case PHOTOMETRIC_RGB:
      l->colors = 3;
      break;
    case PHOTOMETRIC_SEPARATED:
      l->colors = 4;
      break;
    default:
      return BadInput("colour space " + std::to_string(l->photometric) + " is not supported");
  }
  const bool depth_ok = l->bits == 8 || (l->bits == 16 && !l->palette()) ||
                        (l->colors == 1 && l->samples == 1 && (l->bits == 1 || l->bits == 2 || l->bits == 4));
  if (format != SAMPLEFORMAT_UINT || !depth_ok) {
    return BadInput(std::to_string(l->bits) + "-bit samples of this kind are not supported", {},
                    "unsigned samples of 8 or 16 bits are");
  }
  if (l->samples < l->colors || l->samples > 16) return BadInput("unexpected number of samples per pixel");
  l->multiplied = extra_count > 0 && extra[0] == EXTRASAMPLE_ASSOCALPHA && l->samples > l->colors && !l->palette();
  return {};
}

// Samples of `pixels` pixels of a row as bytes: unpacks fewer than 8 bits, takes of 16 what `depth` says.
void ToBytes(const Layout& l, const uint8_t* in, int64_t count, SampleDepth* depth, uint8_t* out) {
  if (l.bits == 8) {
    std::memcpy(out, in, static_cast<size_t>(count));
  } else if (l.bits == 16) {
    for (int64_t i = 0; i < count; ++i) {
      uint16_t value;
      std::memcpy(&value, in + 2 * i, 2);  // libtiff gives host order
      out[i] = depth->ToByte(value);
    }
  } else {
    const int largest = (1 << l.bits) - 1;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t bit = i * l.bits;
      const int value = (in[bit / 8] >> (8 - l.bits - bit % 8)) & largest;
      out[i] = static_cast<uint8_t>(l.palette() ? value : value * (255 / largest));
    }
  }
}

// One row of `samples` bytes a pixel to grey or RGB.
void ToPixels(const Layout& l, uint8_t* row, int64_t width, uint8_t* out) {
  if (l.multiplied) {
    for (int64_t x = 0; x < width; ++x) {
      uint8_t* p = row + x * l.samples;
      const int alpha = p[l.colors];
      for (int c = 0; c < l.colors && alpha != 255; ++c) {
        p[c] = static_cast<uint8_t>(alpha == 0 ? 0 : std::min(255, p[c] * 255 / alpha));
      }
    }
  }
  for (int64_t x = 0; x < width; ++x, row += l.samples) {
    if (l.palette()) {
      *out++ = static_cast<uint8_t>(l.red[*row] >> 8);
      *out++ = static_cast<uint8_t>(l.green[*row] >> 8);
      *out++ = static_cast<uint8_t>(l.blue[*row] >> 8);
    } else if (l.colors == 1) {
      *out++ = l.photometric == PHOTOMETRIC_MINISWHITE ? static_cast<uint8_t>(255 - *row) : *row;
    } else if (l.colors == 3) {
      for (int c = 0; c < 3; ++c) *out++ = row[c];
    } else {
      CmykToRgb(row, 1, out);
      out += 3;
    }
  }
}

// How the samples lie in the file: strips are blocks as wide as the image. A band is a row of blocks.
struct Blocks {
  bool tiled = false, planes = false;
  uint32_t width = 0, height = 0;  // of one
  int64_t in_block = 1;            // samples a pixel in a block
  int64_t row_bytes = 0;           // of one row of a block
};

Result<Blocks> BlocksOf(TIFF* tiff, const Layout& l) {
  Blocks b{.tiled = TIFFIsTiled(tiff) != 0, .width = l.width, .height = l.height};
  if (b.tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &b.width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &b.height);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &b.height);
    b.height = std::min(b.height, l.height);
  }
  if (b.width == 0 || b.height == 0) return BadInput("empty strips or tiles");
  b.planes = l.planar == PLANARCONFIG_SEPARATE && l.samples > 1;
  b.in_block = b.planes ? 1 : l.samples;
  b.row_bytes = (b.width * b.in_block * l.bits + 7) / 8;
  if (b.row_bytes > kMaxTiffBlockBytes / b.height) return BadInput("strips or tiles too large");
  const int64_t reported = b.tiled ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
  if (reported != b.row_bytes * b.height) return BadInput("unexpected size of strips or tiles");
  if (static_cast<int64_t>(l.width) * l.samples > kMaxTiffBlockBytes / b.height) return BadInput("too many samples");
  return b;
}

// Reads an opened file band by band.
class TiffBands {
 public:
  TiffBands(TIFF* tiff, const Layout& layout, const Blocks& blocks)
      : tiff_(tiff),
        l_(layout),
        b_(blocks),
        block_(static_cast<size_t>(b_.row_bytes * b_.height)),
        row_(static_cast<size_t>(b_.width * b_.in_block)),
        samples_(static_cast<size_t>(l_.width) * l_.samples * b_.height) {}

  // The next `rows` rows as grey or RGB.
  Status Read(int64_t rows, SampleDepth* depth, uint8_t* out) {
    const int64_t channels = l_.grey() ? 1 : 3;
    for (int64_t r = 0; r < rows; ++r, ++next_) {
      const uint32_t in_band = next_ % b_.height;
      if (in_band == 0) VITRT_RETURN_IF_ERROR(ReadBand(depth));
      ToPixels(l_, samples_.data() + static_cast<size_t>(in_band) * l_.width * l_.samples, l_.width,
               out + r * l_.width * channels);
    }
    return {};
  }

 private:
  // All samples of the band that starts at row next_, as bytes, [rows][width][samples].
  Status ReadBand(SampleDepth* depth) {
    const uint32_t rows = std::min(b_.height, l_.height - next_);
    const int64_t want = b_.row_bytes * (b_.tiled ? b_.height : rows);
    const uint16_t planes = b_.planes ? l_.samples : 1;
    for (uint16_t plane = 0; plane < planes; ++plane) {
      for (uint32_t x = 0; x < l_.width; x += b_.width) {
        const tmsize_t got =
            b_.tiled ? TIFFReadEncodedTile(tiff_, TIFFComputeTile(tiff_, x, next_, 0, plane), block_.data(), want)
                     : TIFFReadEncodedStrip(tiff_, TIFFComputeStrip(tiff_, next_, plane), block_.data(), want);
        if (got != want) return BadInput("truncated or damaged pixels");
        const int64_t columns = std::min(b_.width, l_.width - x);
        for (uint32_t r = 0; r < rows; ++r) {
          ToBytes(l_, block_.data() + r * b_.row_bytes, columns * b_.in_block, depth, row_.data());
          uint8_t* to = samples_.data() + (static_cast<size_t>(r) * l_.width + x) * l_.samples;
          if (!b_.planes) {
            std::memcpy(to, row_.data(), static_cast<size_t>(columns * b_.in_block));
          } else {
            for (int64_t i = 0; i < columns; ++i) to[i * l_.samples + plane] = row_[static_cast<size_t>(i)];
          }
        }
      }
    }
    return {};
  }

  TIFF* tiff_;
  Layout l_;
  Blocks b_;
  uint32_t next_ = 0;
  std::vector<uint8_t> block_, row_, samples_;
};

Status DecodeOpened(TIFF* tiff, DecodedImage* image) {
  Layout l;
  VITRT_RETURN_IF_ERROR(ReadLayout(tiff, &l));
  VITRT_RETURN_IF_ERROR(Allocate(l.width, l.height, l.grey() ? PixelFormat::kGray8 : PixelFormat::kRgb8, image));
  VITRT_ASSIGN_OR_RETURN(const Blocks blocks, BlocksOf(tiff, l));
  VITRT_RETURN_IF_ERROR(TiffBands(tiff, l, blocks).Read(image->height, &image->depth, image->pixels.data()));
  Orient(l.orientation, image);
  return {};
}

class TiffRows : public RowReader {
 public:
  TiffRows(std::unique_ptr<TiffMemory> memory, const Layout& l, const Blocks& blocks, SampleDepth sample_depth)
      : memory_(std::move(memory)), bands_(memory_->tiff(), l, blocks) {
    width = l.width;
    height = l.height;
    format = l.grey() ? PixelFormat::kGray8 : PixelFormat::kRgb8;
    depth = sample_depth;
  }

  Status Read(int64_t rows, uint8_t* out) override {
    Status status = bands_.Read(rows, &depth, out);
    if (status.ok() && !memory_->error().empty()) status = BadInput(memory_->error());
    return std::move(status).Within("TIFF");
  }

 private:
  std::unique_ptr<TiffMemory> memory_;
  TiffBands bands_;
};

}  // namespace

std::string TiffVersion() {  // "LIBTIFF, Version 4.5.0", then a copyright
  const std::string text = TIFFGetVersion();
  const size_t line = text.substr(0, text.find('\n')).rfind(' ');
  return line == std::string::npos ? text : text.substr(line + 1, text.find('\n') - line - 1);
}

Status DecodeTiff(Bytes file, DecodedImage* image) {
  TiffMemory memory(file);
  if (memory.tiff() == nullptr) return BadInput(memory.error().empty() ? "unreadable directory" : memory.error());
  Status status = DecodeOpened(memory.tiff(), image);
  if (!status.ok() || memory.error().empty()) return status;
  return BadInput(memory.error());
}

Result<std::unique_ptr<RowReader>> OpenTiffRows(Bytes file, SampleDepth depth) {
  if (!IsTiff(file)) return std::unique_ptr<RowReader>();
  auto memory = std::make_unique<TiffMemory>(file);
  Layout l;
  // What cannot be opened so is decoded whole, which says why it cannot.
  if (memory->tiff() == nullptr || !ReadLayout(memory->tiff(), &l).ok()) return std::unique_ptr<RowReader>();
  if (l.orientation > ORIENTATION_TOPLEFT && l.orientation <= ORIENTATION_LEFTBOT) return std::unique_ptr<RowReader>();
  if (Status status = CheckRows(l.width, l.height); !status.ok()) return std::move(status).Within("TIFF");
  const Result<Blocks> blocks = BlocksOf(memory->tiff(), l);
  if (!blocks.ok()) return Status(blocks.status()).Within("TIFF");
  return std::unique_ptr<RowReader>(std::make_unique<TiffRows>(std::move(memory), l, *blocks, depth));
}

}  // namespace vitrt::image
