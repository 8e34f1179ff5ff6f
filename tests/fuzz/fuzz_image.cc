// Any bytes are an image or kBadInput; an image has as many pixels as it says.
#include "runtime/image/decode.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrt;
  const auto image = image::Decode({reinterpret_cast<const std::byte*>(data), size});
  if (!image.ok()) {
    fuzz::Require(image.status().code() == StatusCode::kBadInput);
    return 0;
  }
  fuzz::Require(image->width > 0 && image->height > 0);
  fuzz::Require(image->pixels.size() == static_cast<size_t>(image->width * image->height * image->channels()));
  return 0;
}
