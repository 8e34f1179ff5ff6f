// Weights in the form of runtime/kernels/winograd.h, for the tests of kernels and ops; written apart from the converter's.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/kernels/winograd.h"

namespace vitrt::test {

// G g G^T of weights [3, 3, cin, cout]: [cin, (tile+2)^2 * cout].
inline std::vector<float> WinogradWeights(int tile, const std::vector<float>& weight, int64_t cin, int64_t cout) {
  const double a = tile == 2 ? kernels::kWinogradPoint2 : kernels::kWinogradPoints4[0],
               b = kernels::kWinogradPoints4[1];
  const double points[] = {0, a, -a, b, -b};
  const int side = tile + 2;
  double g[6][3] = {};  // row i: 1, p, p^2 of the i-th point over its distances from the others; the last: infinity
  for (int i = 0; i <= tile; ++i) {
    double distances = 1;
    for (int j = 0; j <= tile; ++j) distances *= j == i ? 1 : points[i] - points[j];
    g[i][0] = 1 / distances, g[i][1] = points[i] / distances, g[i][2] = points[i] * points[i] / distances;
  }
  g[side - 1][2] = 1;
  std::vector<float> transformed;
  for (int64_t c = 0; c < cin; ++c) {
    for (int place = 0; place < side * side; ++place) {
      for (int64_t n = 0; n < cout; ++n) {
        double sum = 0;
        for (int tap = 0; tap < 9; ++tap) {
          const size_t at = static_cast<size_t>((tap * cin + c) * cout + n);
          sum += g[place / side][tap / 3] * g[place % side][tap % 3] * static_cast<double>(weight[at]);
        }
        transformed.push_back(static_cast<float>(sum));
      }
    }
  }
  return transformed;
}

}  // namespace vitrt::test
