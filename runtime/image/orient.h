// The eight orientations of TIFF and EXIF (TIFF 6.0, tag 274).
#pragma once

#include "runtime/image/decode.h"

namespace vitrt::image {

// Turns and mirrors the image so that row 0 is its top and column 0 its left. 1 and unknown values: nothing.
void Orient(int orientation, DecodedImage* image);

}  // namespace vitrt::image
