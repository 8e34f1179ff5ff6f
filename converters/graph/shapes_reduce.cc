// Type rules of reductions and selections along axes.
#include "converters/graph/shapes.h"
#include "runtime/base/check.h"

namespace vitrt::convert::shapes {

Result<Types> InferReduce(const Context& c) {
  const auto& op = c.attributes<plan::ReduceT>();
  const Shape& x = c.shape(0);
  const bool selects = op.fn == plan::ReduceFn::Max || op.fn == plan::ReduceFn::Min;
  if (c.in(0).dtype == DType::Bool && !selects) return BadPlan("Reduce does not take Bool");
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

Result<Types> InferArgReduce(const Context& c) {
  const auto& op = c.attributes<plan::ArgReduceT>();
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

Result<Types> InferTopK(const Context& c) {
  const auto& op = c.attributes<plan::TopKT>();
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

}  // namespace vitrt::convert::shapes
