// Evaluation of constants while importing, so that shape arithmetic vanishes.
#pragma once

#include <optional>

#include "converters/graph/graph.h"

namespace vitrt::convert::onnx_import {

// An error for shapes that no real model computes while importing: evaluating them would only take the memory.
Status CheckConstantSize(const Shape& shape);

// If the graph's last node has only constant inputs and a shape-like result (integers, bools, or a few floats), its
// outputs become constants and the node goes. There is no limit on the size of integers.
Status FoldIfShapeLike(Graph& graph);

// The data of a value that depends on constants only, whatever its dtype and size; evaluates its producers if it must
// and keeps what it found. nullopt: the value depends on an input.
Result<std::optional<Tensor>> ConstantOf(Graph& graph, ValueId id);

}  // namespace vitrt::convert::onnx_import
