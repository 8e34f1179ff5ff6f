#include "runtime/image/rows.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/image/codec.h"

namespace vitrt::image {
namespace {

// An image that was decoded whole.
class DecodedRows : public RowReader {
 public:
  explicit DecodedRows(DecodedImage image) : image_(std::move(image)) {
    width = image_.width;
    height = image_.height;
    format = image_.format;
    depth = image_.depth;
  }

  Status Read(int64_t rows, uint8_t* out) override {
    const size_t row = static_cast<size_t>(width * channels());
    std::memcpy(out, image_.pixels.data() + static_cast<size_t>(next_) * row, static_cast<size_t>(rows) * row);
    next_ += rows;
    return {};
  }

 private:
  DecodedImage image_;
  int64_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<RowReader>> OpenRows(std::span<const std::byte> file, int sample_bits) try {
  SampleDepth depth;
  depth.bits = sample_bits;
  const Bytes bytes(reinterpret_cast<const uint8_t*>(file.data()), file.size());
  for (const auto open : {OpenPngRows, OpenTiffRows, OpenPnmRows}) {
    VITRT_ASSIGN_OR_RETURN(std::unique_ptr<RowReader> rows, open(bytes, depth));
    if (rows != nullptr) return rows;
  }
  DecodedImage image;
  image.depth = depth;
  VITRT_RETURN_IF_ERROR(DecodeInto(file, &image));
  return std::unique_ptr<RowReader>(std::make_unique<DecodedRows>(std::move(image)));
} catch (const std::bad_alloc&) {
  return Internal("out of memory for the image");
}

}  // namespace vitrt::image
