// A 1x1 convolution on rows x channels is a linear layer.
//
//   Conv2d 1x1, stride 1, no padding, one group (x [1, h, w, cin], w [1, 1, cin, cout]) -> Linear(x, w [cin, cout])
#include <algorithm>

#include "converters/passes/dense_layer.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {

Result<int> PointwiseToLinear(Graph* graph) {
  Rewriter r(graph);
  auto all_are = [](const std::vector<int32_t>& v, int32_t x) {
    return std::all_of(v.begin(), v.end(), [&](int32_t y) { return y == x; });
  };
  for (Node* node : r.Nodes()) {
    const auto* conv = OpOf<plan::Conv2dT>(node);
    if (conv == nullptr || r.dead(node) || !conv->channels_last || conv->groups != 1) continue;
    if (!all_are(conv->kernel, 1) || !all_are(conv->strides, 1) || !all_are(conv->pads, 0)) continue;
    DenseLayer layer = *MatchDense(node);
    layer.is_conv = false;
    const Shape w = r.shape(layer.weight);
    VITRT_ASSIGN_OR_RETURN(layer.weight, r.AddReshape(layer.weight, {w[2], w[3]}, *node));
    VITRT_ASSIGN_OR_RETURN(const ValueId y, AddDense(r, layer, *node));
    r.Replace(node->outputs[0], y);
  }
  return r.Finish();
}

}  // namespace vitrt::convert
