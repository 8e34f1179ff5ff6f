// Winograd's minimal filtering F(t x t, 3 x 3) of dense 3x3 convolutions with strides and dilations of 1 (Lavin and Gray 2016,
// arXiv:1509.09308): t x t outputs Y = A^T [(G g G^T) * (B^T d B)] A from (t+2) x (t+2) inputs d and 3x3 weights g. The
// product in brackets is element by element; summed over input channels it is one matrix product for each of (t+2)^2
// places, with (t+2)^2 products where a direct sum has 9 t^2: 16 for 36, 36 for 144.
//
// A, B and G follow from points at which polynomials are evaluated, infinity the last of them. F(2, 3) has 0, 1, -1. F(4, 3)
// has 0, 5/8, -5/8, 3/2, -3/2: its sums are several times as exact as with the usual 0, 1, -1, 2, -2, all entries of A and B
// are floats without rounding, and points of both signs share half of the work (Barabasz and others 2020,
// arXiv:1803.10986, on the choice of points).
//
// The rounding errors of an input reach every output of its tile, also those that it has no part in, and so do infinity and
// NaN. Hence a tile is summed directly, with the direct kernel's bits, where an input is not finite, is beyond kWinogradLargest, or
// is more than kWinogradRough times the mean magnitude of its tile, which is 36 or 16 values of each channel.
#pragma once

#include "runtime/kernels/conv.h"

namespace vitrt::kernels {

// The positive points of F(2, 3), and those of F(4, 3); 0 and the negative ones belong to them.
inline constexpr float kWinogradPoint2 = 1.0f;
inline constexpr float kWinogradPoints4[] = {0.625f, 1.5f};

// Of n values of magnitude 1 and one of M, the mean is 1 + M / n: with 24 channels, 256 times the mean is M = 364 in a tile of
// F(4, 3) and 768 in one of F(2, 3); with 16 the latter would never be reached. Values after a ReLU that are 0 in 97 of 100 places come to that, too.
inline constexpr float kWinogradRough = 256.0f, kWinogradLargest = 1e20f;

struct WinogradArgs {
  int64_t tile = 0;               // t: 2 or 4
  const float* weight = nullptr;  // G g G^T in panels, [(t+2)^2][ceil(cout/16)][cin][16], places row by row
  ConvArgs conv = {};             // as of the direct kernel
};

// A map has tiles(args) tiles, row by row; the last ones of a row or column may stick out of it. An output has the same
// bits whatever the tiles it is computed with. `scratch` is this thread's own, scratch_bytes(args) bytes, 64-byte aligned.
struct WinogradKernel {
  int64_t (*tiles)(const WinogradArgs& args);
  size_t (*scratch_bytes)(const WinogradArgs& args);
  void (*run)(const WinogradArgs& args, int64_t tile_begin, int64_t tile_end, void* scratch);
};

}  // namespace vitrt::kernels
