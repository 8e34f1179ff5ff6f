// C = epilogue(A * B) with B in panels, shared by worker threads.
#pragma once

#include <cstdint>

#include "runtime/base/thread_team.h"
#include "runtime/kernels/kernel_table.h"

namespace vitrt::ops {

// How `threads` worker threads share an m x n x k product: blocks of rows and panels, each element whole in one of
// them, so that the result does not depend on the split.
class ProductParts {
 public:
  struct Size {
    int64_t m, n, k;
    int64_t tile_rows;  // of the kernel's register tile
  };
  ProductParts(const Size& size, int threads);

  int64_t count() const { return row_parts_ * panel_parts_; }
  kernels::GemmBlock block(int64_t part) const;

 private:
  int64_t m_, tile_rows_, row_tiles_, panels_;
  int64_t row_parts_ = 1, panel_parts_ = 1;
};

void RunMatrixProduct(const kernels::KernelTable& table, const kernels::GemmArgs& args, ThreadTeam& team);

}  // namespace vitrt::ops
