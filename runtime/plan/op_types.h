// What an op makes of its inputs: the one set of type and shape rules, for the steps of a plan and for the graphs of
// the converter.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/plan/dtype.h"
#include "runtime/plan/op_descriptor.h"
#include "runtime/plan/tensor_type.h"

namespace vitrt::plan {

using Types = std::vector<TensorType>;

// Types of the outputs of `op`, of inputs that are each valid (CheckShape); nullopt: absent. Where the attributes do
// not say it, `declared` gives the type of the first output, and the others are checked against it:
//   required: Reshape, Expand, Slice, Resize (shape), TopK (shape: the size of its axis is k), Cast (dtype)
//   allowed:  Pool2d and ConvTranspose2d (shape: ceil mode, output padding); without it the plain formula holds
//   ignored by all others.
// The unused half of `declared` is ignored as well: Cast takes its shape from its input, the others their dtype.
// Errors: kBadPlan, with what is wrong; the caller adds where.
Result<Types> InferOpTypes(const OpUnion& op, std::span<const std::optional<TensorType>> inputs,
                           const std::optional<TensorType>& declared);

// What a rule sees. The number of inputs is as the op's descriptor says, and all required ones are there.
struct TypeContext {
  const OpUnion& op;
  std::span<const std::optional<TensorType>> inputs;
  const std::optional<TensorType>& declared;

  template <typename OpT>
  const OpT& attributes() const {
    return *static_cast<const OpT*>(op.value);
  }
  bool has(size_t i) const { return i < inputs.size() && inputs[i].has_value(); }
  const TensorType& in(size_t i) const { return *inputs[i]; }
  const Shape& shape(size_t i) const { return inputs[i]->shape; }
};

// The rule of each op, in op_types_*.cc.
#define VITRT_OP(op, ...) Result<Types> Infer##op(const TypeContext& c);
#include "runtime/plan/ops.def"

// ---- Used by the rules. ----

// Returns a BadPlan with `text` unless `condition` holds.
#define VITRT_RULE(condition, text) \
  if (!(condition)) return BadPlan(text)

Status CheckFloat(const TypeContext& c, size_t i, const char* what);
// 0 <= axis < rank.
Status CheckAxis(int64_t axis, size_t rank);
// The weight, scale [n], column sums [n] and runs of an int8 layer whose sums have k products: their dtypes and sizes, but
// for the shapes of weight and runs.
Status CheckInt8Constants(const TypeContext& c, int64_t n, int64_t k);
// A known way to the range of x; a given scale is a finite number above 0, a given zero one of 8 bits.
Status CheckInputRange(InputRange range, float scale, int32_t zero);
// One output, after CheckShape.
Result<Types> One(DType dtype, Shape shape);

}  // namespace vitrt::plan
