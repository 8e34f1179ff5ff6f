// Topological order of ONNX nodes.
#pragma once

#include <vector>

#include "converters/onnx/model.h"

namespace vitrt::convert::onnx_import {

// The nodes so that each comes after those whose outputs it (or a branch inside of it) reads; nodes that are in order
// already stay. Errors: two nodes write one name; a cycle.
Result<std::vector<const SourceNode*>> SortNodes(const std::vector<SourceNode>& nodes);

}  // namespace vitrt::convert::onnx_import
