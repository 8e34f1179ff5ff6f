// An operator that vitrt imports: the opset versions for which its handler is right, and what to say of it. Each family of
// operators stands with its handlers in an import_*.cc; op_table.cc gathers them.
#pragma once

#include <span>

#include "converters/onnx/node_context.h"

namespace vitrt::convert::onnx_import {

inline constexpr int kNewestOpset = 27;

struct Operator {
  const char* op_type;  // of the domain ai.onnx
  int since, until;     // opset versions, both included
  // Reads attributes and inputs in the way of the node's opset and sets the node's outputs.
  Status (*import)(NodeContext& node);
  const char* becomes;  // for the reader of the table
  const char* limits;   // what is refused, "" for nothing
};

std::span<const Operator> AttentionOperators();
std::span<const Operator> CastOperators();
std::span<const Operator> Col2imOperators();
std::span<const Operator> ConstantOperators();
std::span<const Operator> ConvOperators();
std::span<const Operator> EinsumOperators();
std::span<const Operator> ElementwiseOperators();
std::span<const Operator> GatherOperators();
std::span<const Operator> MatrixOperators();
std::span<const Operator> MovementOperators();
std::span<const Operator> NormOperators();
std::span<const Operator> PoolOperators();
std::span<const Operator> QuantizedOperators();
std::span<const Operator> ReduceOperators();
std::span<const Operator> ResizeOperators();
std::span<const Operator> ShapeOperators();
std::span<const Operator> SoftmaxOperators();

// For handlers of other families: a matrix product as NumPy has it; a convolution with the attributes of `node`. bias may
// be kNoValue.
Result<ValueId> EmitMatMul(NodeContext& node, ValueId a, ValueId b);
Result<ValueId> EmitConv(NodeContext& node, ValueId x, ValueId weight, ValueId bias);

}  // namespace vitrt::convert::onnx_import
