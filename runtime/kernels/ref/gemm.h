// The linear layer as a double sum per element: the oracle of KernelTable::gemm, same arguments.
#pragma once

#include "runtime/kernels/gemm.h"

namespace vitrt::kernels::ref {

void Gemm(const GemmArgs& args, const GemmBlock& block);

// y = fn(sum + bias + row_bias) + residual for element (row, column), as Epilogue says.
float ApplyEpilogue(const Epilogue& epilogue, double sum, int64_t row, int64_t column);

}  // namespace vitrt::kernels::ref
