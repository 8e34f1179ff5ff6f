// A model that comes quantised says how its activations are rounded. Layers on 8-bit integers round their inputs
// themselves, finer: a row or an image at a time. So the model's own rounding is taken out before the passes.
#pragma once

#include "converters/graph/graph.h"

namespace vitrt::convert {

// What the importer makes of quantised operators, in fp32 without the rounding; clamps stay, because they may stand for a
// ReLU. The number of roundings that are gone.
Result<int> DropRounding(Graph* graph);

}  // namespace vitrt::convert
