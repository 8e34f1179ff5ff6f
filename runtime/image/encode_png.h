// Pixels to a PNG file: pictures for people, so fast rather than small.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/image/decode.h"
#include "vitrt/status.h"

namespace vitrt::image {

// software: what made it, Latin-1, kept in the file right behind its header; "": nothing. Errors: kInternal.
Result<std::vector<std::byte>> EncodePng(const DecodedImage& image, const std::string& software = "");

}  // namespace vitrt::image
