// What a graph must be before a plan can be written from it.
#pragma once

#include "converters/graph/graph.h"

namespace vitrt::convert {

// Weights are constants, convolutions channels-last, no axis empty, outputs computed from the input, the input an image
// [1, ...] of rank 4. kUnsupported: the first error; all of them in the hint, one a line.
Status CheckPlanForm(const Graph& graph);

}  // namespace vitrt::convert
