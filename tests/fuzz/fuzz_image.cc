// Any bytes are an image or kBadInput; an image has as many pixels as it says, and its rows, read one by one, are the same.
#include "runtime/image/decode.h"
#include "runtime/image/rows.h"
#include "tests/fuzz/harness.h"

namespace {

void ReadRows(std::span<const std::byte> file, const vitrt::Result<vitrt::image::DecodedImage>& image) {
  using namespace vitrt;
  auto rows = image::OpenRows(file, 16);
  if (!rows.ok() || (*rows)->width > image::kMaxPixels / (*rows)->height) return;
  const int64_t row = (*rows)->width * (*rows)->channels();
  std::vector<uint8_t> pixels(static_cast<size_t>(row * (*rows)->height));
  for (int64_t y = 0; y < (*rows)->height; ++y) {
    if (!(*rows)->Read(1, pixels.data() + y * row).ok()) return;
  }
  fuzz::Require(!image.ok() || pixels == image->pixels);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrt;
  const auto image = image::Decode({reinterpret_cast<const std::byte*>(data), size});
  ReadRows({reinterpret_cast<const std::byte*>(data), size}, image);
  if (!image.ok()) {
    fuzz::Require(image.status().code() == StatusCode::kBadInput);
    return 0;
  }
  fuzz::Require(image->width > 0 && image->height > 0);
  fuzz::Require(image->pixels.size() == static_cast<size_t>(image->width * image->height * image->channels()));
  return 0;
}
