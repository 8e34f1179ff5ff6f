// Topological order of ONNX nodes.
#pragma once

#include <string>
#include <vector>

#include "converters/onnx/model.h"

namespace vitrt::convert::onnx_import {

// The nodes that the names in `wanted` depend on, so that each comes after those whose outputs it (or a branch inside
// of it) reads; nodes that are in order already stay. The others are left out, whatever they are. Errors: two nodes
// write one name; a cycle.
Result<std::vector<const SourceNode*>> SortNodes(const std::vector<SourceNode>& nodes,
                                                 const std::vector<std::string>& wanted);

}  // namespace vitrt::convert::onnx_import
