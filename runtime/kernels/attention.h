// softmax(scale * Q K^T + bias) V for one head and a block of query rows; never holds more than the block's scores.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrt::kernels {

struct AttentionArgs {  // one problem, one head
  int64_t tq = 0, tk = 0, head_dim = 0, value_dim = 0;
  const float* q = nullptr;
  int64_t q_ld = 0;  // [tq, head_dim]
  const float* k = nullptr;
  int64_t k_ld = 0;  // [tk, head_dim]
  const float* v = nullptr;
  int64_t v_ld = 0;  // [tk, value_dim]
  const float* bias = nullptr;
  int64_t bias_ld = 0;  // [tq, tk] or nullptr; bias_ld = 0: the same row for every query
  float* out = nullptr;
  int64_t out_ld = 0;  // [tq, value_dim]
  float scale = 1;
  bool causal = false;
};

// Bytes of scratch for packed keys and values (shared by the row blocks of a head), and for one block's scores.
using AttentionPackBytes = size_t (*)(const AttentionArgs& args);
using AttentionScoreBytes = size_t (*)(const AttentionArgs& args);
// Packs K and V of a head into `packed` (64-byte aligned).
using AttentionPack = void (*)(const AttentionArgs& args, void* packed);
// Rows [row_begin, row_end) of the head; `scores` is this thread's own. Any split gives the same bits.
using AttentionRows = void (*)(const AttentionArgs& args, const void* packed, void* scores, int64_t row_begin,
                               int64_t row_end);

}  // namespace vitrt::kernels
