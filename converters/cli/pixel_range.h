// In which units mean and std of a recipe are: of pixels scaled to [0, 1], as PyTorch has them, or of bytes.
#pragma once

#include <string>

#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::convert {

// `range`: what the user says, "1" or "255"; "" for nothing. Then the numbers decide: a mean or std above 1 is one of
// bytes, anything else one of [0, 1] (0 and 1 fit both). Numbers of both kinds, or of the other kind than the user
// says, are refused: they would make images that no model was trained on. Errors: kInvalidArgument.
Result<plan::PixelRange> RangeOf(const plan::PreprocessT& recipe, const std::string& range);

}  // namespace vitrt::convert
