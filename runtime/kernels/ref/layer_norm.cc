#include "runtime/kernels/ref/layer_norm.h"

#include <cmath>

namespace vitrt::kernels::ref {

void LayerNorm(const LayerNormArgs& args) {
  const double count = static_cast<double>(args.channels);
  for (int64_t row = 0; row < args.rows; ++row) {
    const float* x = args.x + row * args.x_ld;
    float* y = args.y + row * args.y_ld;
    double mean = 0;
    for (int64_t c = 0; c < args.channels && !args.rms; ++c) mean += x[c] / count;
    double variance = 0;
    for (int64_t c = 0; c < args.channels; ++c) variance += (x[c] - mean) * (x[c] - mean) / count;
    const double scale = 1 / std::sqrt(variance + args.epsilon);
    for (int64_t c = 0; c < args.channels; ++c) {
      const double normal = (x[c] - mean) * scale * (args.gamma ? args.gamma[c] : 1);
      y[c] = static_cast<float>(normal + (args.beta ? args.beta[c] : 0));
    }
  }
}

}  // namespace vitrt::kernels::ref
