// LayerNorm and RMS norm over rows: the oracle of KernelTable::layer_norm, same arguments.
#pragma once

#include "runtime/kernels/rows.h"

namespace vitrt::kernels::ref {

void LayerNorm(const LayerNormArgs& args);

}  // namespace vitrt::kernels::ref
