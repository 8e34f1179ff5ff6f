// Floating-point operations of a node for one image: a multiply-add is two, any other arithmetic on an element one,
// movement none.
#pragma once

#include "converters/graph/graph.h"

namespace vitrt::convert {

uint64_t FlopsOf(const Graph& graph, const Node& node);

}  // namespace vitrt::convert
