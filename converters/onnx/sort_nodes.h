// Topological order of ONNX nodes.
#pragma once

#include <string>
#include <vector>

#include "converters/onnx/model.h"

namespace vitrt::convert::onnx_import {

// The nodes that `outputs` need, so that each comes after those whose outputs it (or a branch inside of it) reads;
// nodes that are in order already stay. Errors: two nodes write one name; a cycle.
Result<std::vector<const SourceNode*>> SortNodes(const std::vector<SourceNode>& nodes,
                                                 const std::vector<std::string>& outputs);

}  // namespace vitrt::convert::onnx_import
