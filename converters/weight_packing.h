// Constants as the plan stores them: plan.fbs Encoding.
#pragma once

#include <cstddef>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

// How input `index` of `node` is stored when it is a constant.
plan::Encoding EncodingOf(const Graph& graph, const Node& node, size_t index);

// Groups of columns of input `index` where its encoding has them.
int GroupsOf(const Node& node, size_t index);

// The bytes of `tensor` in `encoding`; groups: GroupsOf the node that reads it, 1 where the encoding has none.
//   Panels16: [k, n * groups] or [kh, kw, cin/groups, cout] -> [groups][ceil(cout/groups/16)][k][16], zero-filled
//   Depthwise: [kh, kw, 1, c] -> [kh*kw][c], the same bytes
std::vector<std::byte> Encode(const Tensor& tensor, plan::Encoding encoding, int groups);

}  // namespace vitrt::convert
