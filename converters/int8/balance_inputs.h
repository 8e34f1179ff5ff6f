// Takes outliers among the channels that int8 layers read into their weights, before the layers are quantised.
#pragma once

#include <set>

#include "converters/graph/graph.h"
#include "converters/int8/statistics.h"

namespace vitrt::convert {

// A row has one step for all of its channels, so that one large channel leaves few levels to the others. Where a LayerNorm, a
// linear layer or a convolution (with ReLU or no activation, also behind an Attention) makes what dense layers read, it makes channel c
// smaller by 2^e(c), and the rows of their weights grow by it: the same function, exactly in fp32 (Xiao et al. 2022, SmoothQuant,
// with powers of two). e(c) balances the channel's largest magnitude on images against that of its weights; how much of the
// way is taken is what leaves the smallest expected error of the sums, and none is where that is not below half of today's.
//
// `quantised`: the layers that will be int8. `inputs` follow the change. Returns the layers among `quantised` whose input was scaled.
std::set<const Node*> BalanceInputs(Graph* graph, const std::set<const Node*>& quantised, StatisticsByName* inputs);

}  // namespace vitrt::convert
