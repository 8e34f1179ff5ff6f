#include "runtime/ops/matrix_product.h"

#include <algorithm>

#include "runtime/base/parallel.h"

namespace vitrt::ops {
namespace {

struct Grid {
  int64_t row_parts = 1, panel_parts = 1;
};

// Row tiles x panels of the largest part is the time all wait for. Equal choices: more panel parts, so that a thread
// reads fewer weights.
Grid ChooseGrid(int64_t row_tiles, int64_t panels, int threads) {
  Grid best;
  int64_t best_cost = INT64_MAX;
  for (int64_t row_parts = 1; row_parts <= threads; ++row_parts) {
    const int64_t panel_parts = threads / row_parts;
    const int64_t cost = (row_tiles + row_parts - 1) / row_parts * ((panels + panel_parts - 1) / panel_parts);
    if (cost < best_cost) best_cost = cost, best = {row_parts, panel_parts};
  }
  return best;
}

}  // namespace

void RunMatrixProduct(const kernels::KernelTable& table, const kernels::GemmArgs& args, int threads) {
  const int64_t panels = (args.n + kernels::kPanel - 1) / kernels::kPanel;
  const int64_t row_tiles = (args.m + table.gemm_rows - 1) / table.gemm_rows;
  const Grid grid = ChooseGrid(row_tiles, panels, threads);
  ParallelFor(threads, grid.row_parts * grid.panel_parts, [&](int64_t begin, int64_t end, int) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t r = part / grid.panel_parts, p = part % grid.panel_parts;
      const int64_t row_begin = std::min(args.m, row_tiles * r / grid.row_parts * table.gemm_rows);
      const int64_t row_end = std::min(args.m, row_tiles * (r + 1) / grid.row_parts * table.gemm_rows);
      table.gemm(args, {row_begin, row_end, panels * p / grid.panel_parts, panels * (p + 1) / grid.panel_parts});
    }
  });
}

}  // namespace vitrt::ops
