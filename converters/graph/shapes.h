// Type inference, inside of converters/graph: one function per op, gathered in the table of shapes.cc.
#pragma once

#include <optional>
#include <vector>

#include "converters/graph/tensor.h"

namespace vitrt::convert::shapes {

using Types = std::vector<ValueType>;

// What a rule sees: the op's attributes, the types of its inputs (nullopt: absent), the declared type of its output.
// The number of inputs is within the rule's bounds, and all required ones are there.
struct Context {
  const plan::OpUnion& op;
  const std::vector<std::optional<ValueType>>& inputs;
  const std::optional<ValueType>& declared;

  template <typename OpT>
  const OpT& attributes() const {
    return *static_cast<const OpT*>(op.value);
  }
  bool has(size_t i) const { return i < inputs.size() && inputs[i].has_value(); }
  const ValueType& in(size_t i) const { return *inputs[i]; }
  const Shape& shape(size_t i) const { return inputs[i]->shape; }
};

// Errors of a rule carry only what is wrong; the caller adds which node it was.
Status CheckFloat(const Context& c, size_t i, const char* what);
// 0 <= axis < rank.
Status CheckAxis(int64_t axis, size_t rank);
bool IsInteger(DType dtype);  // I32, I64
// One output, after CheckShape.
Result<Types> One(DType dtype, Shape shape);

// shapes_matrix.cc
Result<Types> InferLinear(const Context& c);
Result<Types> InferLayerNorm(const Context& c);
Result<Types> InferAttention(const Context& c);
Result<Types> InferMatMul(const Context& c);
// shapes_spatial.cc
Result<Types> InferConv2d(const Context& c);
Result<Types> InferConvTranspose2d(const Context& c);
Result<Types> InferPool2d(const Context& c);
Result<Types> InferResize(const Context& c);
// shapes_elementwise.cc
Result<Types> InferSoftmax(const Context& c);
Result<Types> InferUnary(const Context& c);
Result<Types> InferBinary(const Context& c);
Result<Types> InferWhere(const Context& c);
Result<Types> InferCast(const Context& c);
Result<Types> InferCumSum(const Context& c);
// shapes_movement.cc
Result<Types> InferReshape(const Context& c);
Result<Types> InferTranspose(const Context& c);
Result<Types> InferConcat(const Context& c);
Result<Types> InferSlice(const Context& c);
Result<Types> InferPad(const Context& c);
Result<Types> InferExpand(const Context& c);
Result<Types> InferTile(const Context& c);
// shapes_gather.cc
Result<Types> InferGather(const Context& c);
Result<Types> InferGatherElements(const Context& c);
Result<Types> InferGatherND(const Context& c);
Result<Types> InferScatterND(const Context& c);
// shapes_reduce.cc
Result<Types> InferReduce(const Context& c);
Result<Types> InferArgReduce(const Context& c);
Result<Types> InferTopK(const Context& c);

}  // namespace vitrt::convert::shapes
