// What is stored beside the weights of an int8 layer and follows from them: the sums of the columns, and how many
// groups of four k an int16 lane may add up before it is widened.
#pragma once

#include <cstdint>
#include <vector>

namespace vitrt::kernels {

// Weights in panels, [ceil(n/16)][taps][ceil(k/4)][16][4] (int8.h); n counts the columns of whole panels, of all groups
// of a grouped convolution. A linear layer has one tap.
struct Int8Panels {
  const int8_t* weights = nullptr;
  int64_t k = 0, n = 0, taps = 1;

  int64_t groups() const { return (k + 3) / 4; }  // of a tap, as are the blocks
  int64_t panels() const { return (n + 15) / 16; }
  int64_t blocks() const { return (groups() + 3) / 4; }
};

// [ceil(n/16) * 16], with zeros behind n.
std::vector<int32_t> ColumnSums(const Int8Panels& panels);

// [panels][taps][blocks], for each block of four groups: 4, 2 or 1 where so many groups are safe at a time, 0 where not even
// one is. A lane of pmaddubsw adds the products of two neighbouring k of a column; with inputs in [0, 255], no partial
// sum of a run leaves int16 if 255 times the sum of the run's positive weights of the lane is at most 32767, and 255
// times that of its negative ones at least -32768: for both, a sum of magnitudes of at most 128.
std::vector<int32_t> ProvedRuns(const Int8Panels& panels);

}  // namespace vitrt::kernels
