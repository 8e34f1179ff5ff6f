// --int8-images: finds the layers that change predictions on images; they stay fp32.
#pragma once

#include "converters/cli/convert.h"

namespace vitrt::convert {

// The images of a folder and those below, as `vitrt infer` finds them. Errors: kInvalidArgument (no folder), kBadInput (no
// images).
Result<std::vector<std::string>> FilesOf(const std::string& folder);

// Converts once for each layer, runs the images of the folder options.int8_images, and keeps the
// layers with the largest effects, as few as leave the fewest changed predictions, a quarter of all at most. Runs on
// the SSE4.1 tier, whose bits are the same on every machine. Errors: kInvalidArgument (no folder, a model without
// exits), kBadInput (no images, one that cannot be read), those of Convert.
Result<Int8Choice> ChooseLayers(const ConvertOptions& options);

}  // namespace vitrt::convert
