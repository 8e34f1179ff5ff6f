// The linear layer as a double sum per element: the oracle of KernelTable::gemm, same arguments.
#pragma once

#include "runtime/kernels/gemm.h"

namespace vitrt::kernels::ref {

void Gemm(const GemmArgs& args, const GemmBlock& block);

// fn(sum + bias + row_bias) + residual for element (row, column) of a matrix of `columns`, as Epilogue says.
float ApplyEpilogue(const Epilogue& epilogue, double sum, int64_t row, int64_t column, int64_t columns);

}  // namespace vitrt::kernels::ref
