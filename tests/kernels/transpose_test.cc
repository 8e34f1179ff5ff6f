// The 2-D transpose of every tier, and permutations made of it against runtime/kernels/ref/transpose.h.
#include "runtime/kernels/ref/transpose.h"

#include <doctest/doctest.h>

#include <vector>

#include "runtime/kernels/permute.h"
#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

TEST_CASE("transposes any shape and pitch and writes nothing beside") {
  for (const int64_t rows : {1, 3, 4, 7, 16, 33}) {
    for (const int64_t columns : {1, 2, 4, 15, 16, 17, 50}) {
      const int64_t x_ld = columns + 3, y_ld = rows + 5;
      const Buffer x = Random(rows * x_ld, 1);
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(tier->name);
        CAPTURE(rows);
        CAPTURE(columns);
        Buffer y(columns * y_ld, 9);
        tier->transpose({rows, columns, x.data(), x_ld, y.data(), y_ld});
        bool right = true;
        for (int64_t c = 0; c < columns; ++c) {
          for (int64_t r = 0; r < y_ld; ++r) right &= y[c * y_ld + r] == (r < rows ? x[r * x_ld + c] : 9);
        }
        CHECK(right);
        CHECK(y.Intact());
      }
    }
  }
}

struct PermuteCase {
  std::vector<int64_t> dims;
  std::vector<int32_t> perm;
  int64_t pieces;  // how far the planner gets
  bool transposes;
};

const PermuteCase kPermutations[] = {
    {{2, 3, 4}, {0, 1, 2}, 1, false},                           // nothing to do: one copy
    {{1, 3, 20, 30}, {0, 2, 3, 1}, 1, true},                    // NCHW to NHWC
    {{1, 20, 30, 3}, {0, 3, 1, 2}, 1, true},                    // and back
    {{1, 197, 3, 4, 16}, {2, 0, 3, 1, 4}, 3 * 4 * 197, false},  // q, k, v by heads
    {{2, 28, 2, 14, 8}, {0, 1, 3, 2, 4}, 2 * 28 * 14 * 2, false},
    {{4, 5, 6}, {2, 1, 0}, 5, true},
    {{4, 5, 6}, {1, 2, 0}, 1, true},  // two merged axes
    {{4, 5, 6}, {0, 2, 1}, 4, true},
    {{3, 1, 4, 1, 5}, {3, 2, 1, 4, 0}, 1, true},  // axes of size 1 do not count
    {{100, 600}, {1, 0}, 4, true},                // strips of 160 columns
    {{2, 3, 4, 5, 6, 7}, {5, 1, 3, 0, 4, 2}, 2 * 3 * 5 * 6, true},
    {{1, 1}, {1, 0}, 1, false},
    {{}, {}, 1, false},
    {{3, 0, 4}, {2, 0, 1}, 0, true},
};

TEST_CASE("any permutation becomes few transposes or row copies") {
  for (const PermuteCase& test : kPermutations) {
    CAPTURE(&test - kPermutations);
    const PermutePlan plan = PlanPermute(test.dims, test.perm);
    CHECK(plan.pieces == test.pieces);
    if (plan.pieces == 0) continue;
    CHECK((plan.row == 0) == test.transposes);
    const ref::Shape dims(test.dims);
    const Buffer x = Random(dims.Size(), 1);
    Buffer expected(dims.Size());
    ref::Transpose({.x_dims = dims, .perm = test.perm, .x = x.data(), .y = expected.data()});
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(tier->name);
      Buffer y(dims.Size()), split(dims.Size());
      RunPermute(plan, tier->transpose, x.data(), y.data(), 0, plan.pieces);
      CHECK(SameBits(y.data(), expected.data(), y.size()));
      for (int64_t piece = plan.pieces; piece-- > 0;)
        RunPermute(plan, tier->transpose, x.data(), split.data(), piece, piece + 1);
      CHECK(SameBits(split.data(), expected.data(), y.size()));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels
