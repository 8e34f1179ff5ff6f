// Attention of one head: the oracle of KernelTable::attention_rows, same arguments.
#pragma once

#include "runtime/kernels/attention.h"

namespace vitrt::kernels::ref {

// Query rows [row_begin, row_end). Causal: query i sees keys [0, i].
// `scratch` holds the scores of one row: AttentionScratchBytes(args), 8-byte aligned.
inline size_t AttentionScratchBytes(const AttentionArgs& args) { return static_cast<size_t>(args.tk) * sizeof(double); }
void Attention(const AttentionArgs& args, int64_t row_begin, int64_t row_end, void* scratch);

}  // namespace vitrt::kernels::ref
