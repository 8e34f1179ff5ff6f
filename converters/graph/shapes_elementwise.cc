// Type rules of ops that keep or broadcast the shapes of their inputs.
#include "converters/graph/broadcast.h"
#include "converters/graph/ops.h"
#include "converters/graph/shapes.h"
#include "runtime/base/check.h"

namespace vitrt::convert::shapes {
namespace {

bool WorksOnIntegers(plan::UnaryFn fn) {
  using enum plan::UnaryFn;
  return fn == Identity || fn == Relu || fn == Neg || fn == Abs || fn == Sign;
}

}  // namespace

Result<Types> InferUnary(const Context& c) {
  using enum plan::UnaryFn;
  const plan::UnaryFn fn = ops::ActivationOf(c.attributes<plan::UnaryT>().act).fn();
  const ValueType& x = c.in(0);
  const bool fits = fn == Not ? x.dtype == DType::Bool
                              : x.dtype == DType::F32 || fn == Identity || (WorksOnIntegers(fn) && IsInteger(x.dtype));
  if (!fits) return BadPlan(std::string(plan::EnumNameUnaryFn(fn)) + " does not take " + ToString(x));
  const bool test = fn == IsNaN || fn == IsInf;
  return One(test ? DType::Bool : x.dtype, x.shape);
}

Result<Types> InferBinary(const Context& c) {
  using enum plan::BinaryFn;
  const plan::BinaryFn fn = c.attributes<plan::BinaryT>().fn;
  const ValueType& a = c.in(0);
  const ValueType& b = c.in(1);
  const bool logic = fn == And || fn == Or || fn == Xor;
  const bool compare = fn == Equal || fn == Less || fn == LessOrEqual || fn == Greater || fn == GreaterOrEqual;
  const bool is_bool = a.dtype == DType::Bool;
  if (a.dtype != b.dtype || (logic && !is_bool) || (is_bool && !logic && fn != Equal)) {
    return BadPlan(std::string(plan::EnumNameBinaryFn(fn)) + " does not take " + ToString(a) + " and " + ToString(b));
  }
  VITRT_ASSIGN_OR_RETURN(Shape shape, BroadcastShapes(a.shape, b.shape));
  return One(compare ? DType::Bool : a.dtype, std::move(shape));
}

Result<Types> InferWhere(const Context& c) {
  if (c.in(0).dtype != DType::Bool || c.in(1).dtype != c.in(2).dtype) {
    return BadPlan("Where does not take " + ToString(c.in(0)) + ", " + ToString(c.in(1)) + ", " + ToString(c.in(2)));
  }
  VITRT_ASSIGN_OR_RETURN(Shape shape, BroadcastShapes(c.shape(0), c.shape(1)));
  VITRT_ASSIGN_OR_RETURN(shape, BroadcastShapes(shape, c.shape(2)));
  return One(c.in(1).dtype, std::move(shape));
}

Result<Types> InferCast(const Context& c) {
  if (!c.declared) return BadPlan("Cast needs the dtype of its output");
  return One(c.declared->dtype, c.shape(0));
}

Result<Types> InferSoftmax(const Context& c) {
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 0, "x"));
  VITRT_RETURN_IF_ERROR(CheckAxis(c.attributes<plan::SoftmaxT>().axis, c.shape(0).size()));
  return Types{c.in(0)};
}

Result<Types> InferCumSum(const Context& c) {
  if (c.in(0).dtype == DType::Bool) return BadPlan("CumSum does not take Bool");
  VITRT_RETURN_IF_ERROR(CheckAxis(c.attributes<plan::CumSumT>().axis, c.shape(0).size()));
  return Types{c.in(0)};
}

}  // namespace vitrt::convert::shapes
