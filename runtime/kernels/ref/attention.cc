#include "runtime/kernels/ref/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vitrt::kernels::ref {

void Attention(const AttentionArgs& args, int64_t row_begin, int64_t row_end, void* scratch) {
  double* scores = static_cast<double*>(scratch);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const int64_t keys = args.causal ? std::min(row + 1, args.tk) : args.tk;
    const float* q = args.q + row * args.q_ld;
    double largest = -std::numeric_limits<double>::infinity();
    for (int64_t key = 0; key < keys; ++key) {
      double dot = 0;
      for (int64_t i = 0; i < args.head_dim; ++i) dot += static_cast<double>(q[i]) * args.k[key * args.k_ld + i];
      scores[key] = dot * args.scale + (args.bias ? args.bias[row * args.bias_ld + key] : 0);
      largest = std::max(largest, scores[key]);
    }
    double sum = 0;
    for (int64_t key = 0; key < keys; ++key) sum += scores[key] = std::exp(scores[key] - largest);
    for (int64_t i = 0; i < args.value_dim; ++i) {
      double value = 0;
      for (int64_t key = 0; key < keys; ++key) value += scores[key] * args.v[key * args.v_ld + i];
      args.out[row * args.out_ld + i] = static_cast<float>(value / sum);
    }
  }
}

}  // namespace vitrt::kernels::ref
