// Finds softmax(scale * Q K^T + biases) V in a graph: which values, what comes in between.
#pragma once

#include <vector>

#include "converters/passes/match.h"

namespace vitrt::convert {

// Added to the scores: where it was added the scores had the dims `scores`, and what was added counts `factor` times.
struct ScoreBias {
  ValueId value;
  double factor;
  Shape scores;
  bool is_mask = false;  // value is a condition: `masked` is added where it equals `masked_when`
  bool masked_when = false;
  float masked = 0;
};

struct AttentionMatch {
  const Node* scores_matmul = nullptr;  // Q K^T
  const Node* values_matmul = nullptr;  // P V; its output is what the fused op replaces
  double scale = 1;
  std::vector<ScoreBias> biases;
  bool guarded = false;  // NaN of the softmax is made 0
};

// `node`: a candidate for P V.
std::optional<AttentionMatch> MatchAttention(const Rewriter& r, const Node* node);

}  // namespace vitrt::convert
