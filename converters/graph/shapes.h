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

// The rule of each op, in shapes_*.cc.
#define VITRT_OP(op, ...) Result<Types> Infer##op(const Context& c);
#include "runtime/plan/ops.def"

}  // namespace vitrt::convert::shapes
