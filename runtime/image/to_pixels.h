// Any frame as 8-bit grey or RGB.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/image/decode.h"
#include "runtime/image/resize.h"
#include "vitrt/image.h"
#include "vitrt/status.h"

namespace vitrt::image {

// Errors: kInvalidArgument (no data, a size or stride that cannot be, an unknown format).
Status CheckView(const ImageView& image);

// `channels` 1: grey, by Pillow's L formula for colour. `channels` 3: RGB, or grey where the frame is grey. Points into
// the frame where nothing needs converting, else into *memory. `depth` makes bytes of 16-bit samples. The view is
// checked.
Pixels ToPixels(const ImageView& image, int channels, SampleDepth* depth, std::vector<uint8_t>* memory);

}  // namespace vitrt::image
