// The stage of `--precision int8`: linear layers and convolutions of a graph in plan form become LinearI8 and ConvI8. Not
// a pass: passes preserve the function.
#pragma once

#include <string>
#include <vector>

#include "converters/graph/graph.h"
#include "converters/int8/statistics.h"

namespace vitrt::convert {

struct Int8Options {
  std::vector<std::string> keep;                  // names of nodes that stay fp32
  std::vector<std::string> keep_for_predictions;  // likewise, as --int8-images found
  // Of images, where there are some. Biases take back what the rounding of the weights adds to the sums of the mean input
  // (Nagel et al. 2019, bias correction).
  StatisticsByName inputs;
  bool balance = false;    // inputs against weights, by `inputs` (balance_inputs.h)
  bool own_ranges = true;  // also of inputs that a quantised model leaves in fp32
};

// One dense layer: quantised, or why not.
struct Int8Layer {
  std::string name, op;
  int64_t rows = 0, k = 0, n = 0;  // k: products of a sum
  std::string kept;                // why it stays fp32; empty: it is int8
  bool as_given = false;           // with the integers and the range of the quantised model
  bool bias_corrected = false, balanced = false;
  double weight_error = 0;  // root mean square of the rounding, relative to the weights'
};

// Of a quantised model: a Linear or Conv2d that reads 8 bits (FakeQuantize, DynamicFakeQuantize) and whose weights are made of
// 8 bits computes what it computed, on integers. Quantises every other Linear and every Conv2d that is not depthwise, but the
// first layers after the image, the layers that make an exit's logits, those too small to gain, and those to keep. `exits`: the values of the exits. The same graph gives the same result on every machine.
// Errors: kInvalidArgument (a name to keep that no dense layer has).
Result<std::vector<Int8Layer>> QuantizeLayers(Graph* graph, const std::vector<ValueId>& exits,
                                              const Int8Options& options);

}  // namespace vitrt::convert
