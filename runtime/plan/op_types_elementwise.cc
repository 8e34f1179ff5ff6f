// Type rules of ops that keep or broadcast the shapes of their inputs.
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::plan {
namespace {

bool UnaryTakes(UnaryFn fn, DType dtype) {
  using enum UnaryFn;
  if (fn == Identity) return true;
  if (fn == Not) return dtype == DType::Bool;
  if (IsInteger(dtype)) return fn == Relu || fn == Clip || fn == Neg || fn == Abs || fn == Sign;
  return dtype == DType::F32;
}

bool IsLogic(BinaryFn fn) { return fn == BinaryFn::And || fn == BinaryFn::Or || fn == BinaryFn::Xor; }
bool IsComparison(BinaryFn fn) { return fn >= BinaryFn::Equal && fn <= BinaryFn::GreaterOrEqual; }

bool BinaryTakes(BinaryFn fn, DType dtype) {
  if (dtype == DType::Bool) return IsLogic(fn) || fn == BinaryFn::Equal;
  return IsNumber(dtype) && !IsLogic(fn);
}

}  // namespace

Result<Types> InferUnary(const TypeContext& c) {
  const auto& act = c.attributes<UnaryT>().act;
  const UnaryFn fn = act ? act->fn() : UnaryFn::Identity;
  const TensorType& x = c.in(0);
  VITRT_RULE(fn <= UnaryFn::MAX, "unknown function");
  VITRT_RULE(UnaryTakes(fn, x.dtype), std::string(EnumNameUnaryFn(fn)) + " does not take " + ToString(x));
  if (fn == UnaryFn::FakeQuantize) {
    const float scale = act->alpha(), least = act->beta();
    VITRT_RULE(std::isfinite(scale) && scale > 0, "the scale of FakeQuantize is not a finite number above 0");
    VITRT_RULE(least >= -255 && least <= 0 && std::floor(least) == least,
               "FakeQuantize's least integer is out of range");
  }
  const bool test = fn == UnaryFn::IsNaN || fn == UnaryFn::IsInf;
  return One(test ? DType::Bool : x.dtype, x.shape);
}

Result<Types> InferBinary(const TypeContext& c) {
  const BinaryFn fn = c.attributes<BinaryT>().fn;
  const TensorType &a = c.in(0), &b = c.in(1);
  VITRT_RULE(fn <= BinaryFn::MAX, "unknown function");
  VITRT_RULE(a.dtype == b.dtype && BinaryTakes(fn, a.dtype),
             std::string(EnumNameBinaryFn(fn)) + " does not take " + ToString(a) + " and " + ToString(b));
  VITRT_ASSIGN_OR_RETURN(Shape shape, BroadcastShapes(a.shape, b.shape));
  return One(IsComparison(fn) ? DType::Bool : a.dtype, std::move(shape));
}

Result<Types> InferWhere(const TypeContext& c) {
  if (c.in(0).dtype != DType::Bool || c.in(1).dtype != c.in(2).dtype) {
    return BadPlan("Where does not take " + ToString(c.in(0)) + ", " + ToString(c.in(1)) + ", " + ToString(c.in(2)));
  }
  VITRT_ASSIGN_OR_RETURN(Shape shape, BroadcastShapes(c.shape(0), c.shape(1)));
  VITRT_ASSIGN_OR_RETURN(shape, BroadcastShapes(shape, c.shape(2)));
  return One(c.in(1).dtype, std::move(shape));
}

Result<Types> InferCast(const TypeContext& c) {
  if (!c.declared) return BadPlan("Cast needs the dtype of its output");
  return One(c.declared->dtype, c.shape(0));
}

Result<Types> InferSoftmax(const TypeContext& c) {
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 0, "x"));
  VITRT_RETURN_IF_ERROR(CheckAxis(c.attributes<SoftmaxT>().axis, c.shape(0).size()));
  return Types{c.in(0)};
}

Result<Types> InferDynamicFakeQuantize(const TypeContext& c) {
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 0, "x"));
  return Types{c.in(0)};
}

Result<Types> InferCumSum(const TypeContext& c) {
  VITRT_RULE(IsNumber(c.in(0).dtype), "CumSum does not take " + ToString(c.in(0)));
  VITRT_RETURN_IF_ERROR(CheckAxis(c.attributes<CumSumT>().axis, c.shape(0).size()));
  return Types{c.in(0)};
}

}  // namespace vitrt::plan
