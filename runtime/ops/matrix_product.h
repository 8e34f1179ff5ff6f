// C = epilogue(A * B) with B in panels, shared by a team.
#pragma once

#include "runtime/base/thread_team.h"
#include "runtime/kernels/kernel_table.h"

namespace vitrt::ops {

// Splits C by rows and panels among the team; every element is computed whole by one thread, so the result does not
// depend on the split.
void RunMatrixProduct(const kernels::KernelTable& table, const kernels::GemmArgs& args, ThreadTeam& team);

}  // namespace vitrt::ops
