#include "runtime/plan/op_rules.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace vitrt::plan {
namespace {

constexpr uint32_t kNever = 0, kFirst = 1 << 0, kFirstTwo = kFirst | 1 << 1, kResidual = 1 << 4;

// By plan::Op. check, required inputs, max inputs, outputs, inputs that the output may replace.
constexpr OpRule kRules[] = {
    {nullptr, 0, 0, 0, kNever},               // NONE
    {CheckLinear, 2, 5, 1, kResidual},        // Linear
    {CheckConv2d, 2, 5, 1, kResidual},        // Conv2d
    {CheckConvTranspose2d, 2, 3, 1, kNever},  // ConvTranspose2d
    {CheckPool2d, 1, 1, 1, kNever},           // Pool2d
    {CheckLayerNorm, 1, 3, 1, kFirst},        // LayerNorm
    {CheckAttention, 3, 4, 1, kNever},        // Attention
    {CheckMatMul, 2, 2, 1, kNever},           // MatMul
    {CheckSoftmax, 1, 1, 1, kFirst},          // Softmax
    {CheckUnary, 1, 1, 1, kFirst},            // Unary
    {CheckBinary, 2, 2, 1, kFirstTwo},        // Binary
    {CheckWhere, 3, 3, 1, kNever},            // Where
    {CheckCast, 1, 1, 1, kNever},             // Cast
    {nullptr, 1, 1, 1, kNever},               // Reshape
    {CheckTranspose, 1, 1, 1, kNever},        // Transpose
    {CheckConcat, 1, -1, 1, kNever},          // Concat
    {CheckSlice, 1, 1, 1, kNever},            // Slice
    {CheckGather, 2, 2, 1, kNever},           // Gather
    {CheckGatherElements, 2, 2, 1, kNever},   // GatherElements
    {CheckGatherND, 2, 2, 1, kNever},         // GatherND
    {CheckScatterND, 3, 3, 1, kFirst},        // ScatterND
    {CheckPad, 1, 1, 1, kNever},              // Pad
    {CheckExpand, 1, 1, 1, kNever},           // Expand
    {CheckTile, 1, 1, 1, kNever},             // Tile
    {CheckReduce, 1, 1, 1, kNever},           // Reduce
    {CheckArgReduce, 1, 1, 1, kNever},        // ArgReduce
    {CheckTopK, 1, 1, 2, kNever},             // TopK
    {CheckCumSum, 1, 1, 1, kNever},           // CumSum
    {CheckResize, 1, 1, 1, kNever},           // Resize
};
static_assert(std::size(kRules) == static_cast<size_t>(Op::MAX) + 1, "a rule for every op");

}  // namespace

const OpRule& RuleOf(Op op) { return kRules[static_cast<size_t>(op)]; }

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
