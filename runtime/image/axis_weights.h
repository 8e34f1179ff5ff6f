// Where the samples of one resized axis come from, in Pillow's fixed point.
#pragma once

#include <cstdint>
#include <vector>

namespace vitrt::image {

enum class Interpolation : uint8_t { kNearest, kBox, kBilinear, kBicubic, kLanczos };  // values as in plan.fbs

// A weight w of 22 fractional bits, w = high * 2^11 + low with 0 <= low < 2^11: both fit 16 bits, so that pairs of taps
// can be multiplied exactly by _mm_madd_epi16. One entry holds the parts of two neighbouring taps, the first in the low
// half.
inline constexpr int kWeightBits = 22, kLowBits = 11;
struct WeightPair {
  int32_t high = 0, low = 0;
};

// Output i of [begin, end) is the weighted sum of count[i - begin] inputs from first[i - begin] on.
struct AxisWeights {
  int64_t in_size = -1, out_size = -1, begin = 0, end = 0;
  Interpolation interpolation = Interpolation::kNearest;

  int64_t pairs = 0;  // a row of `weights`; unused taps weigh 0
  std::vector<int64_t> first, count;
  std::vector<WeightPair> weights;

  int64_t first_input() const { return first.front(); }  // of all outputs
  int64_t end_input() const { return first.back() + count.back(); }
  const WeightPair* row(int64_t i) const { return weights.data() + i * pairs; }
};

// Fills `axis` for outputs [begin, end) of an axis resized from in_size to out_size; does nothing if it is filled for
// that already.
void Prepare(int64_t in_size, int64_t out_size, int64_t begin, int64_t end, Interpolation interpolation,
             AxisWeights* axis);

}  // namespace vitrt::image
