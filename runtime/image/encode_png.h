// Pixels to a PNG file: pictures for people, so fast rather than small.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/image/decode.h"
#include "vitrt/status.h"

namespace vitrt::image {

// Errors: kInternal.
Result<std::vector<std::byte>> EncodePng(const DecodedImage& image);

}  // namespace vitrt::image
