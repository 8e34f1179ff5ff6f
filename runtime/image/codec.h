// What the codecs share: their signatures (decode.cc holds the table) and the one place where pixels are allocated.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/image/decode.h"
#include "runtime/image/rows.h"

namespace vitrt::image {

using Bytes = std::span<const uint8_t>;

// Each decodes a file that starts with its format's signature. Errors: kBadInput.
Status DecodePng(Bytes file, DecodedImage* image);
Status DecodeJpeg(Bytes file, DecodedImage* image);
Status DecodeTiff(Bytes file, DecodedImage* image);
Status DecodeBmp(Bytes file, DecodedImage* image);
Status DecodePnm(Bytes file, DecodedImage* image);

// Each opens a file of its format for reading by rows; nullptr where it is of another format or of a kind that is only
// decoded whole. Errors: kBadInput.
Result<std::unique_ptr<RowReader>> OpenPngRows(Bytes file, SampleDepth depth);
Result<std::unique_ptr<RowReader>> OpenTiffRows(Bytes file, SampleDepth depth);
Result<std::unique_ptr<RowReader>> OpenPnmRows(Bytes file, SampleDepth depth);

std::string PngVersion();   // of libspng
std::string JpegVersion();  // of libjpeg-turbo
std::string TiffVersion();  // of libtiff

// Whether the file starts as this format does (decode.cc).
bool IsPng(Bytes file);
bool IsTiff(Bytes file);
bool IsPnm(Bytes file);

// Errors: kBadInput for what has no pixels, or rows or columns beyond what a reader by rows takes.
Status CheckRows(int64_t width, int64_t height);

// Sets the size and makes room for the pixels; refuses what is empty or above kMaxPixels.
Status Allocate(int64_t width, int64_t height, PixelFormat format, DecodedImage* image);

// Pillow's CMYK to RGB; samples are ink (0 = none). rgb may not overlap cmyk.
void CmykToRgb(const uint8_t* cmyk, int64_t pixels, uint8_t* rgb);

}  // namespace vitrt::image
