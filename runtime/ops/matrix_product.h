// C = epilogue(A * B) with B in panels, on all threads of a run.
#pragma once

#include "runtime/kernels/kernel_table.h"

namespace vitrt::ops {

// Splits C over `threads` by rows and panels so that the largest part is as small as possible; every element is
// computed whole by one thread, so the result does not depend on the split.
void RunMatrixProduct(const kernels::KernelTable& table, const kernels::GemmArgs& args, int threads);

}  // namespace vitrt::ops
