#include "runtime/ops/matrix_product.h"

#include <algorithm>

namespace vitrt::ops {
namespace {

constexpr int64_t kPartProducts = 250000;  // multiplications that are worth handing to another thread
constexpr int64_t kRoundsMost = 4;         // parts for each thread, so that a late one leaves little to wait for

struct Grid {
  int64_t row_parts = 1, panel_parts = 1;
};

// Rounds of the team x row tiles x panels of the largest part is the time all wait for. Equal choices: fewer row parts,
// so that a thread reads fewer weights, then smaller parts.
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

void RunMatrixProduct(const kernels::KernelTable& table, const kernels::GemmArgs& args, ThreadTeam& team) {
  const int64_t panels = (args.n + kernels::kPanel - 1) / kernels::kPanel;
  const int64_t row_tiles = (args.m + table.gemm_rows - 1) / table.gemm_rows;
  const Grid grid =
      team.threads() == 1 ? Grid() : ChooseGrid(row_tiles, panels, args.m * args.n * args.k, team.threads());
  team.For(grid.row_parts * grid.panel_parts, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t r = part / grid.panel_parts, p = part % grid.panel_parts;
      const int64_t row_begin = std::min(args.m, row_tiles * r / grid.row_parts * table.gemm_rows);
      const int64_t row_end = std::min(args.m, row_tiles * (r + 1) / grid.row_parts * table.gemm_rows);
      table.gemm(args, {row_begin, row_end, panels * p / grid.panel_parts, panels * (p + 1) / grid.panel_parts});
    }
  });
}

}  // namespace vitrt::ops
