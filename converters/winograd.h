// Which convolutions get weights for Winograd's algorithm (runtime/kernels/winograd.h), and those weights.
//
// A dense 3x3 convolution with strides and dilations of 1 and at least kWinogradChannels channels in and out gets the largest
// tile, 4 or 2, of which its map has at least kWinogradTiles: every transformed weight is read for that many products, else
// reading weights takes longer than the products that are saved. The plan keeps the direct weights, too, so it grows by 36/9
// of them for tiles of 4, by 16/9 for tiles of 2; 16 tiles of 4 are a map of 13 x 13, so the deepest and largest layers,
// at 7 x 7, take tiles of 2.
//
// A tile is taken only where its sums are as good as fp32 sums may be: they are compared with sums in double precision on
// pseudo-random inputs in [-1, 1], and may differ by kWinogradTolerance times the magnitudes that are summed. Inputs that are 0
// at a border or under one tap are among them, where a large weight has no part in the sum. What is measured
// does not depend on the machine. What an input far larger than its neighbours does is up to the kernel.
//
// No convolution takes part in a model that rounds anywhere: whole numbers that are exact in a direct sum are not here.
#pragma once

#include <string>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

inline constexpr int64_t kWinogradChannels = 24, kWinogradTiles = 16;
inline constexpr double kWinogradTolerance = 2e-6;  // as of the direct kernels in tests/kernels/conv_test.cc

struct WinogradLayer {
  std::string name;
  int tile = 0;
  double error = 0;    // the largest, as a share of what is tolerated
  uint64_t bytes = 0;  // of its weights in the plan, beside the direct ones
};

// Adds the sixth input of Conv2d (plan.fbs) where it pays. `graph`: in plan form.
std::vector<WinogradLayer> AddWinograd(Graph* graph);

}  // namespace vitrt::convert
