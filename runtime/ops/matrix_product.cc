#include "runtime/ops/matrix_product.h"

#include <algorithm>

namespace vitrt::ops {
namespace {

constexpr int64_t kPartProducts = 250000;  // multiplications that are worth handing to another thread
constexpr int64_t kRoundsMost = 4;         // parts for each thread, so that a late one leaves little to wait for

struct Grid {
  int64_t row_parts = 1, panel_parts = 1;
};

// The cost is rounds of all threads x row tiles x panels of the largest part, which the others wait for. Equal choices:
// fewer row parts, so that a thread reads fewer weights, then smaller parts.
Grid ChooseGrid(int64_t row_tiles, int64_t panels, int64_t products, int64_t threads) {
  Grid best;
  int64_t best_cost = row_tiles * panels;
  const int64_t rounds_most = std::min(kRoundsMost, products / (kPartProducts * threads));
  for (int64_t row_parts = 1; row_parts <= row_tiles; row_parts *= 2) {
    for (int64_t rounds = 1; rounds <= rounds_most; ++rounds) {
      const int64_t panel_parts = std::min(panels, rounds * threads / row_parts);
      if (panel_parts == 0) continue;
      const int64_t cost =
          rounds * ((row_tiles + row_parts - 1) / row_parts) * ((panels + panel_parts - 1) / panel_parts);
      if (cost < best_cost || (cost == best_cost && row_parts == best.row_parts)) {
        best_cost = cost;
        best = {row_parts, panel_parts};
      }
    }
  }
  return best;
}

}  // namespace

ProductParts::ProductParts(const Size& size, int threads)
    : m_(size.m),
      tile_rows_(size.tile_rows),
      row_tiles_((size.m + size.tile_rows - 1) / size.tile_rows),
      panels_(PanelCount(size.n)) {
  if (threads == 1) return;
  const Grid grid = ChooseGrid(row_tiles_, panels_, size.m * size.n * size.k, threads);
  row_parts_ = grid.row_parts;
  panel_parts_ = grid.panel_parts;
}

kernels::GemmBlock ProductParts::block(int64_t part) const {
  const int64_t r = part / panel_parts_, p = part % panel_parts_;
  return {std::min(m_, row_tiles_ * r / row_parts_ * tile_rows_),
          std::min(m_, row_tiles_ * (r + 1) / row_parts_ * tile_rows_), panels_ * p / panel_parts_,
          panels_ * (p + 1) / panel_parts_};
}

void RunMatrixProduct(const kernels::KernelTable& table, const kernels::GemmArgs& args, ThreadTeam& team) {
  const ProductParts parts({args.m, args.n, args.k, table.gemm_rows}, team.threads());
  team.For(parts.count(), 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t part = begin; part < end; ++part) table.gemm(args, parts.block(part));
  });
}

}  // namespace vitrt::ops
