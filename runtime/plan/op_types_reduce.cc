// Type rules of reductions and selections along axes.
#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::plan {

Result<Types> InferReduce(const TypeContext& c) {
  const auto& op = c.attributes<ReduceT>();
  const Shape& x = c.shape(0);
  const bool selects = op.fn == ReduceFn::Max || op.fn == ReduceFn::Min;
  VITRT_RULE(op.fn <= ReduceFn::MAX, "unknown function");
  VITRT_RULE(IsNumber(c.in(0).dtype) || (c.in(0).dtype == DType::Bool && selects),
             "Reduce does not take " + ToString(c.in(0)));
  std::vector<bool> reduced(x.size());
  for (int32_t axis : op.axes) {
    VITRT_RETURN_IF_ERROR(CheckAxis(axis, x.size()));
    if (reduced[static_cast<size_t>(axis)]) return BadPlan("axis " + std::to_string(axis) + " is reduced twice");
    reduced[static_cast<size_t>(axis)] = true;
  }
  Shape y;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!reduced[i]) y.push_back(x[i]);
    if (reduced[i] && op.keep_dims) y.push_back(1);
  }
  return One(c.in(0).dtype, std::move(y));
}

Result<Types> InferArgReduce(const TypeContext& c) {
  const auto& op = c.attributes<ArgReduceT>();
  Shape y = c.shape(0);
  VITRT_RETURN_IF_ERROR(CheckAxis(op.axis, y.size()));
  if (y[static_cast<size_t>(op.axis)] == 0)
    return BadPlan("no element to choose along axis " + std::to_string(op.axis));
  if (op.keep_dims) {
    y[static_cast<size_t>(op.axis)] = 1;
  } else {
    y.erase(y.begin() + op.axis);
  }
  return One(DType::I64, std::move(y));
}

Result<Types> InferTopK(const TypeContext& c) {
  const auto& op = c.attributes<TopKT>();
  const Shape& x = c.shape(0);
  VITRT_RETURN_IF_ERROR(CheckAxis(op.axis, x.size()));
  if (!c.declared) return BadPlan("TopK needs the shape of its output");
  const Shape& y = c.declared->shape;
  Shape expected = x;
  const size_t at = static_cast<size_t>(op.axis);
  if (y.size() == x.size()) expected[at] = y[at];
  if (y != expected || y[at] < 0 || y[at] > x[at])
    return BadPlan("TopK cannot make " + ToString(y) + " of " + ToString(x));
  return Types{{c.in(0).dtype, y}, {DType::I64, y}};
}

}  // namespace vitrt::plan
