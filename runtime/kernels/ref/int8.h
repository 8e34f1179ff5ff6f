// The int8 layers with 64-bit sums, and quantising written to be read: the oracles of Int8Kernels, same arguments.
#pragma once

#include "runtime/kernels/int8.h"

namespace vitrt::kernels::ref {

void QuantizeRows(const QuantizeArgs& args, int64_t row_begin, int64_t row_end);
// Ignores Int8GemmArgs::runs.
void Int8Gemm(const Int8GemmArgs& args, const GemmBlock& block);
void QuantizeMap(const Int8MapArgs& args, int64_t begin, int64_t end);
// Ignores Int8ConvArgs::runs.
void Int8Conv(const Int8ConvArgs& args, int64_t y_begin, int64_t y_end);

}  // namespace vitrt::kernels::ref
