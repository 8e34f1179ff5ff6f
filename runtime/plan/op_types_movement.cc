// Type rules of ops that move elements by position only; they work on every dtype.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::plan {

Result<Types> InferReshape(const TypeContext& c) {
  if (!c.declared) return BadPlan("Reshape needs the shape of its output");
  VITRT_RETURN_IF_ERROR(CheckShape(c.declared->shape));
  if (NumElements(c.declared->shape) != NumElements(c.shape(0))) {
    return BadPlan("cannot reshape " + ToString(c.shape(0)) + " to " + ToString(c.declared->shape));
  }
  return One(c.in(0).dtype, c.declared->shape);
}

Result<Types> InferTranspose(const TypeContext& c) {
  const auto& perm = c.attributes<TransposeT>().perm;
  const Shape& x = c.shape(0);
  std::vector<bool> seen(x.size());
  Shape y;
  for (int32_t axis : perm) {
    VITRT_RETURN_IF_ERROR(CheckAxis(axis, x.size()));
    if (seen[static_cast<size_t>(axis)]) return BadPlan("perm names axis " + std::to_string(axis) + " twice");
    seen[static_cast<size_t>(axis)] = true;
    y.push_back(x[static_cast<size_t>(axis)]);
  }
  if (y.size() != x.size()) return BadPlan("perm does not fit " + ToString(x));
  return One(c.in(0).dtype, std::move(y));
}

Result<Types> InferConcat(const TypeContext& c) {
  const int32_t axis = c.attributes<ConcatT>().axis;
  Shape y = c.shape(0);
  VITRT_RETURN_IF_ERROR(CheckAxis(axis, y.size()));
  const size_t at = static_cast<size_t>(axis);
  for (size_t i = 1; i < c.inputs.size(); ++i) {
    Shape expected = y;
    if (c.shape(i).size() == y.size()) expected[at] = c.shape(i)[at];
    if (c.shape(i) != expected || c.in(i).dtype != c.in(0).dtype) {
      return BadPlan("cannot concatenate " + ToString(c.in(0)) + " and " + ToString(c.in(i)) + " on axis " +
                     std::to_string(axis));
    }
    y[at] += c.shape(i)[at];
    VITRT_RETURN_IF_ERROR(CheckShape(y));
  }
  return One(c.in(0).dtype, std::move(y));
}

Result<Types> InferSlice(const TypeContext& c) {
  const auto& op = c.attributes<SliceT>();
  const Shape& x = c.shape(0);
  if (!c.declared) return BadPlan("Slice needs the shape of its output");
  const Shape& y = c.declared->shape;
  if (y.size() != x.size() || op.starts.size() != x.size() || op.steps.size() != x.size()) {
    return BadPlan("Slice needs start, step and size for every axis of " + ToString(x));
  }
  VITRT_RETURN_IF_ERROR(CheckShape(y));
  for (size_t i = 0; i < x.size(); ++i) {
    if (y[i] == 0) continue;
    const int64_t start = op.starts[i], step = op.steps[i];
    const bool ok =
        start >= 0 && start < x[i] && step >= -kMaxElements && step <= kMaxElements && (step != 0 || y[i] == 1);
    const int64_t last = ok ? start + (y[i] - 1) * step : -1;
    if (last < 0 || last >= x[i]) return BadPlan("the slice leaves axis " + std::to_string(i) + " of " + ToString(x));
  }
  return One(c.in(0).dtype, y);
}

Result<Types> InferPad(const TypeContext& c) {
  const auto& op = c.attributes<PadT>();
  Shape y = c.shape(0);
  if (op.begins.size() != y.size() || op.ends.size() != y.size())
    return BadPlan("Pad needs two numbers for every axis of " + ToString(y));
  VITRT_RULE(op.mode <= PadMode::MAX, "unknown mode");
  for (size_t i = 0; i < y.size(); ++i) {
    const int64_t begin = op.begins[i], end = op.ends[i], size = y[i];
    if (std::min(begin, end) < -kMaxElements || std::max(begin, end) > kMaxElements)
      return BadPlan("padding is out of range");
    y[i] += begin + end;
    const int64_t reach = std::max(begin, end);
    if (op.mode == PadMode::Reflect && reach >= std::max<int64_t>(size, 1))
      return BadPlan("reflection reaches over " + ToString(c.shape(0)));
    if (op.mode != PadMode::Constant && reach > 0 && size == 0) return BadPlan("cannot pad an empty axis from itself");
  }
  return One(c.in(0).dtype, std::move(y));
}

Result<Types> InferExpand(const TypeContext& c) {
  if (!c.declared) return BadPlan("Expand needs the shape of its output");
  VITRT_ASSIGN_OR_RETURN(Shape common, BroadcastShapes(c.shape(0), c.declared->shape));
  if (common != c.declared->shape)
    return BadPlan("cannot expand " + ToString(c.shape(0)) + " to " + ToString(c.declared->shape));
  return One(c.in(0).dtype, std::move(common));
}

Result<Types> InferTile(const TypeContext& c) {
  const auto& repeats = c.attributes<TileT>().repeats;
  Shape y = c.shape(0);
  if (repeats.size() != y.size()) return BadPlan("Tile needs a number for every axis of " + ToString(y));
  for (size_t i = 0; i < y.size(); ++i) {
    if (repeats[i] < 0 || repeats[i] > kMaxElements) return BadPlan("repeats are out of range");
    y[i] *= repeats[i];
  }
  return One(c.in(0).dtype, std::move(y));
}

}  // namespace vitrt::plan
