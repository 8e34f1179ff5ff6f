// The int8 linear layer with 64-bit sums, and quantising written to be read: the oracles of Int8Kernels, same
// arguments.
#pragma once

#include "runtime/kernels/int8.h"

namespace vitrt::kernels::ref {

void QuantizeRows(const QuantizeArgs& args, int64_t row_begin, int64_t row_end);
// Ignores Int8GemmArgs::runs.
void Int8Gemm(const Int8GemmArgs& args, const GemmBlock& block);

}  // namespace vitrt::kernels::ref
