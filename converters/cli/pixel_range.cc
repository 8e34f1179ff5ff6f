#include "converters/cli/pixel_range.h"

#include <algorithm>
#include <cmath>

namespace vitrt::convert {

Result<plan::PixelRange> RangeOf(const plan::PreprocessT& recipe, const std::string& range) {
  if (!range.empty() && range != "1" && range != "255")
    return InvalidArgument("'" + range + "' is no range of pixels", "--range", "1 for [0, 1], 255 for bytes");
  const auto any = [](const std::vector<float>& numbers, auto is) {
    return std::any_of(numbers.begin(), numbers.end(), is);
  };
  const bool of_bytes =
      any(recipe.mean, [](float m) { return std::abs(m) > 1; }) || any(recipe.std, [](float s) { return s > 1; });
  const bool of_unit = any(recipe.mean, [](float m) { return m != 0 && std::abs(m) <= 1; }) ||
                       any(recipe.std, [](float s) { return s < 1; });
  if (of_bytes && of_unit && range.empty()) {
    return InvalidArgument("some of mean and std are in units of 0 to 255, some in units of 0 to 1", "--mean, --std",
                           "give both in the same units, or say with --range 1 or --range 255 which they are");
  }
  if (range == "1" && of_bytes && !of_unit)
    return InvalidArgument("mean and std are in units of 0 to 255", "--range",
                           "leave --range out, or divide them by 255");
  if (range == "255" && of_unit && !of_bytes)
    return InvalidArgument("mean and std are in units of 0 to 1", "--range",
                           "leave --range out, or multiply them by 255");
  if (range.empty()) return of_bytes ? plan::PixelRange::Byte : plan::PixelRange::Unit;
  return range == "255" ? plan::PixelRange::Byte : plan::PixelRange::Unit;
}

}  // namespace vitrt::convert
