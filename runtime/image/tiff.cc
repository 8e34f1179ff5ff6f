// TIFF through libtiff, from memory: the first image of the file, in strips or tiles, contiguous or in planes. Grey (1,
// 2, 4, 8, 16 bits), palette (1, 2, 4, 8), RGB and CMYK (8, 16), JPEG-compressed YCbCr, with any extra samples. Alpha
// that colours were multiplied with is divided out and dropped, and the orientation tag is applied, both as Pillow
// does.
#include <algorithm>
#include <cstring>
#include <string>
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

// Strips are tiles as wide as the image. Gathers all samples of the image as bytes, [height][width][samples].
Status ReadSamples(TIFF* tiff, const Layout& l, SampleDepth* depth, std::vector<uint8_t>* samples) {
  const bool tiled = TIFFIsTiled(tiff) != 0;
  uint32_t block_width = l.width, block_height = l.height;
  if (tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &block_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &block_height);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &block_height);
    block_height = std::min(block_height, l.height);
  }
  if (block_width == 0 || block_height == 0) return BadInput("empty strips or tiles");
  const bool planes = l.planar == PLANARCONFIG_SEPARATE && l.samples > 1;
  const int64_t in_block = planes ? 1 : l.samples;  // samples a pixel in a block
  const int64_t row_bytes = (block_width * in_block * l.bits + 7) / 8;
  if (row_bytes > kMaxTiffBlockBytes / block_height) return BadInput("strips or tiles too large");
  const int64_t reported = tiled ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
  if (reported != row_bytes * block_height) return BadInput("unexpected size of strips or tiles");

  std::vector<uint8_t> block(static_cast<size_t>(row_bytes * block_height));
  std::vector<uint8_t> row(static_cast<size_t>(block_width * in_block));
  for (uint16_t plane = 0; plane < (planes ? l.samples : 1); ++plane) {
    for (uint32_t y = 0; y < l.height; y += block_height) {
      const uint32_t rows = std::min(block_height, l.height - y);
      for (uint32_t x = 0; x < l.width; x += block_width) {
        const int64_t want = tiled ? row_bytes * block_height : row_bytes * rows;
        const tmsize_t got = tiled
                                 ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), block.data(), want)
                                 : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), block.data(), want);
        if (got != want) return BadInput("truncated or damaged pixels");
        const int64_t columns = std::min(block_width, l.width - x);
        for (uint32_t r = 0; r < rows; ++r) {
          ToBytes(l, block.data() + r * row_bytes, columns * in_block, depth, row.data());
          uint8_t* to = samples->data() + ((static_cast<int64_t>(y) + r) * l.width + x) * l.samples;
          if (!planes) {
            std::memcpy(to, row.data(), static_cast<size_t>(columns * in_block));
          } else {
            for (int64_t i = 0; i < columns; ++i) to[i * l.samples + plane] = row[static_cast<size_t>(i)];
          }
        }
      }
    }
  }
  return {};
}

Status DecodeOpened(TIFF* tiff, DecodedImage* image) {
  Layout l;
  VITRT_RETURN_IF_ERROR(ReadLayout(tiff, &l));
  const bool grey = l.colors == 1 && !l.palette();
  VITRT_RETURN_IF_ERROR(Allocate(l.width, l.height, grey ? PixelFormat::kGray8 : PixelFormat::kRgb8, image));
  if (image->width * image->height > 4 * kMaxPixels / l.samples) return BadInput("too many samples");
  std::vector<uint8_t> samples(static_cast<size_t>(image->width * image->height * l.samples));
  VITRT_RETURN_IF_ERROR(ReadSamples(tiff, l, &image->depth, &samples));
  for (int64_t y = 0; y < image->height; ++y) {
    ToPixels(l, samples.data() + y * image->width * l.samples, image->width,
             image->pixels.data() + y * image->width * image->channels());
  }
  Orient(l.orientation, image);
  return {};
}

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

}  // namespace vitrt::image
