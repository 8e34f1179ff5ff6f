// Rules of normalisation, elementwise and reducing ops.
#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

bool IsNumber(const ValueType& value) { return value.dtype != DType::Bool && IsPlain(value); }

// Integers know only these unary functions, Bool only Identity and Not.
bool UnaryTakes(UnaryFn fn, DType dtype) {
  switch (dtype) {
    case DType::F32:
      return fn != UnaryFn::Not;
    case DType::I32:
    case DType::I64:
      return fn == UnaryFn::Identity || fn == UnaryFn::Relu || fn == UnaryFn::Clip || fn == UnaryFn::Neg ||
             fn == UnaryFn::Abs || fn == UnaryFn::Sign;
    case DType::Bool:
      return fn == UnaryFn::Identity || fn == UnaryFn::Not;
  }
  return false;
}

bool IsLogic(BinaryFn fn) { return fn == BinaryFn::And || fn == BinaryFn::Or || fn == BinaryFn::Xor; }
bool IsComparison(BinaryFn fn) { return fn >= BinaryFn::Equal && fn <= BinaryFn::GreaterOrEqual; }

// The dims with `axis` taken away or kept as 1.
Dims WithoutAxis(Dims dims, int64_t axis, bool keep) {
  if (keep) {
    dims[axis] = 1;
  } else {
    dims.erase(dims.begin() + axis);
  }
  return dims;
}

}  // namespace

Status CheckLayerNorm(const StepTypes& s) {
  const ValueType& x = s.in(0);
  VITRT_RULE(IsFloat(x) && x.rank() >= 1, "x is not fp32 [..., c]");
  for (size_t i : {1, 2}) {
    const ValueType* scale = s.optional(i);
    VITRT_RULE(scale == nullptr || (IsFloat(*scale) && scale->dims == Dims{x.channels()}),
               "gamma or beta is not fp32 [c]");
  }
  const LayerNorm& op = *s.step.op_as_LayerNorm();
  VITRT_RULE(std::isfinite(op.epsilon()) && op.epsilon() >= 0, "epsilon is negative or not finite");
  return OutputIs(s.out(), DType::F32, x.dims);
}

Status CheckSoftmax(const StepTypes& s) {
  VITRT_RULE(IsFloat(s.in(0)), "x is not fp32");
  VITRT_RULE(NormalizedAxis(s.step.op_as_Softmax()->axis(), s.in(0).rank()) >= 0, "no such axis");
  return OutputIs(s.out(), DType::F32, s.in(0).dims);
}

Status CheckUnary(const StepTypes& s) {
  const ValueType& x = s.in(0);
  const Activation* act = s.step.op_as_Unary()->act();
  VITRT_RULE(act != nullptr && act->fn() <= UnaryFn::MAX, "unknown function");
  VITRT_RULE(IsPlain(x) && UnaryTakes(act->fn(), x.dtype), "the function does not take this dtype");
  const bool to_bool = act->fn() == UnaryFn::Not || act->fn() == UnaryFn::IsNaN || act->fn() == UnaryFn::IsInf;
  return OutputIs(s.out(), to_bool ? DType::Bool : x.dtype, x.dims);
}

Status CheckBinary(const StepTypes& s) {
  const ValueType &x = s.in(0), &z = s.in(1);
  const BinaryFn fn = s.step.op_as_Binary()->fn();
  VITRT_RULE(fn <= BinaryFn::MAX, "unknown function");
  VITRT_RULE(IsPlain(x) && IsPlain(z) && x.dtype == z.dtype, "the inputs differ in dtype");
  VITRT_RULE(x.dtype == DType::Bool ? IsLogic(fn) || fn == BinaryFn::Equal : !IsLogic(fn),
             "the function does not take this dtype");
  Dims expected;
  VITRT_RULE(BroadcastDims(x.dims, z.dims, &expected), "the inputs do not broadcast");
  return OutputIs(s.out(), IsLogic(fn) || IsComparison(fn) ? DType::Bool : x.dtype, expected);
}

Status CheckWhere(const StepTypes& s) {
  const ValueType &condition = s.in(0), &x = s.in(1), &z = s.in(2);
  VITRT_RULE(condition.dtype == DType::Bool, "the condition is not Bool");
  VITRT_RULE(IsPlain(x) && IsPlain(z) && x.dtype == z.dtype, "the inputs differ in dtype");
  Dims both, expected;
  VITRT_RULE(BroadcastDims(x.dims, z.dims, &both) && BroadcastDims(both, condition.dims, &expected),
             "the inputs do not broadcast");
  return OutputIs(s.out(), x.dtype, expected);
}

Status CheckCast(const StepTypes& s) {
  VITRT_RULE(IsPlain(s.in(0)), "x has an encoding");
  return OutputIs(s.out(), s.out().dtype, s.in(0).dims);
}

Status CheckReduce(const StepTypes& s) {
  const Reduce& op = *s.step.op_as_Reduce();
  const ValueType& x = s.in(0);
  VITRT_RULE(op.fn() <= ReduceFn::MAX, "unknown function");
  VITRT_RULE(IsNumber(x), "x is not a number");
  std::vector<bool> reduced(x.dims.size(), false);
  if (op.axes() != nullptr) {
    for (int32_t axis : *op.axes()) {
      const int64_t a = NormalizedAxis(axis, x.rank());
      VITRT_RULE(a >= 0, "no such axis");
      reduced[a] = true;
    }
  }
  Dims expected;
  for (int64_t i = 0; i < x.rank(); ++i) {
    if (!reduced[i]) {
      expected.push_back(x.dims[i]);
    } else if (op.keep_dims()) {
      expected.push_back(1);
    }
  }
  return OutputIs(s.out(), x.dtype, expected);
}

Status CheckArgReduce(const StepTypes& s) {
  const ArgReduce& op = *s.step.op_as_ArgReduce();
  const ValueType& x = s.in(0);
  const int64_t axis = NormalizedAxis(op.axis(), x.rank());
  VITRT_RULE(IsNumber(x), "x is not a number");
  VITRT_RULE(axis >= 0, "no such axis");
  return OutputIs(s.out(), DType::I64, WithoutAxis(x.dims, axis, op.keep_dims()));
}

Status CheckTopK(const StepTypes& s) {
  const ValueType& x = s.in(0);
  const int64_t axis = NormalizedAxis(s.step.op_as_TopK()->axis(), x.rank());
  VITRT_RULE(IsNumber(x), "x is not a number");
  VITRT_RULE(axis >= 0 && s.out().rank() == x.rank(), "no such axis");
  Dims expected = x.dims;
  expected[axis] = std::min(s.out().dims[axis], x.dims[axis]);
  VITRT_RETURN_IF_ERROR(OutputIs(s.out(0), x.dtype, expected));
  return OutputIs(s.out(1), DType::I64, expected);
}

Status CheckCumSum(const StepTypes& s) {
  const ValueType& x = s.in(0);
  VITRT_RULE(IsNumber(x), "x is not a number");
  VITRT_RULE(NormalizedAxis(s.step.op_as_CumSum()->axis(), x.rank()) >= 0, "no such axis");
  return OutputIs(s.out(), x.dtype, x.dims);
}

}  // namespace vitrt::plan
