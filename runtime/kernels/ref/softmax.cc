#include "runtime/kernels/ref/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vitrt::kernels::ref {

void Softmax(const SoftmaxArgs& args) {
  for (int64_t line = 0; line < args.outer * args.inner; ++line) {
    const int64_t base = line / args.inner * args.axis * args.inner + line % args.inner;
    float largest = -std::numeric_limits<float>::infinity();
    for (int64_t i = 0; i < args.axis; ++i) largest = std::max(largest, args.x[base + i * args.inner]);
    double sum = 0;
    for (int64_t i = 0; i < args.axis; ++i)
      sum += std::exp(static_cast<double>(args.x[base + i * args.inner]) - largest);
    for (int64_t i = 0; i < args.axis; ++i) {
      const double shifted = static_cast<double>(args.x[base + i * args.inner]) - largest;
      args.y[base + i * args.inner] = static_cast<float>(args.log ? shifted - std::log(sum) : std::exp(shifted) / sum);
    }
  }
}

}  // namespace vitrt::kernels::ref
