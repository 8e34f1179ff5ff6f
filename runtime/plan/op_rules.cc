#include "runtime/plan/op_rules.h"

#include <algorithm>
#include <cmath>

namespace vitrt::plan {
namespace {

Status CheckNothing(const StepTypes&) { return BadPlan("an op this vitrt does not know"); }

// By plan::Op.
constexpr Status (*kChecks[])(const StepTypes&) = {
    CheckNothing,  // NONE
#define VITRT_OP(op, ...) Check##op,
#define VITRT_GRAPH_OP(op, ...) CheckNothing,
#include "runtime/plan/ops.def"
};

}  // namespace

Status CheckStepTypes(const StepTypes& step) { return kChecks[static_cast<size_t>(step.step.op_type())](step); }

bool IsFloat(const ValueType& value) { return value.dtype == DType::F32 && IsPlain(value); }
bool IsIndex(const ValueType& value) { return value.dtype == DType::I32 || value.dtype == DType::I64; }
bool IsPlain(const ValueType& value) { return value.encoding == Encoding::Plain; }

std::string ToString(const Dims& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(dims[i]);
  }
  return text + "]";
}

Status OutputIs(const ValueType& output, DType dtype, const Dims& expected) {
  if (output.dtype != dtype)
    return BadPlan(std::string("the output is ") + EnumNameDType(output.dtype) + ", not " + EnumNameDType(dtype));
  if (output.dims != expected) return BadPlan("the output is " + ToString(output.dims) + ", not " + ToString(expected));
  return {};
}

bool BroadcastDims(const Dims& a, const Dims& b, Dims* result) {
  const size_t rank = std::max(a.size(), b.size());
  result->assign(rank, 1);
  const auto axis = [rank](const Dims& dims, size_t i) {
    return i + dims.size() < rank ? 1 : dims[i + dims.size() - rank];
  };
  for (size_t i = 0; i < rank; ++i) {
    const int64_t x = axis(a, i), y = axis(b, i);
    if (x != y && x != 1 && y != 1) return false;
    (*result)[i] = std::max(x, y);
  }
  return true;
}

int64_t NormalizedAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) return -1;
  return axis < 0 ? axis + rank : axis;
}

Status CheckEpilogueActivation(const Activation* act) {
  if (act == nullptr) return {};
  const UnaryFn fn = act->fn();
  VITRT_RULE(fn <= UnaryFn::Clip && fn != UnaryFn::Elu, "not an activation of an epilogue");
  VITRT_RULE(std::isfinite(act->alpha()) || fn == UnaryFn::Clip, "an activation parameter is not finite");
  VITRT_RULE(!std::isnan(act->alpha()) && !std::isnan(act->beta()), "an activation parameter is NaN");
  return {};
}

}  // namespace vitrt::plan
