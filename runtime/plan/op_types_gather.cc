// Type rules of ops that move elements by an index tensor.
#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::plan {
namespace {

Status CheckIndices(const TypeContext& c) {
  if (IsInteger(c.in(1).dtype)) return {};
  return BadPlan("indices must be I32 or I64 but are " + ToString(c.in(1)));
}

Shape Part(const Shape& shape, size_t begin, size_t end) {
  return Shape(shape.begin() + static_cast<std::ptrdiff_t>(begin), shape.begin() + static_cast<std::ptrdiff_t>(end));
}

void Extend(Shape& shape, const Shape& more) { shape.insert(shape.end(), more.begin(), more.end()); }

}  // namespace

Result<Types> InferGather(const TypeContext& c) {
  const int32_t axis = c.attributes<GatherT>().axis;
  const Shape& x = c.shape(0);
  VITRT_RETURN_IF_ERROR(CheckIndices(c));
  VITRT_RETURN_IF_ERROR(CheckAxis(axis, x.size()));
  const size_t at = static_cast<size_t>(axis);
  Shape y = Part(x, 0, at);
  Extend(y, c.shape(1));
  Extend(y, Part(x, at + 1, x.size()));
  return One(c.in(0).dtype, std::move(y));
}

Result<Types> InferGatherElements(const TypeContext& c) {
  const int32_t axis = c.attributes<GatherElementsT>().axis;
  const Shape &x = c.shape(0), &indices = c.shape(1);
  VITRT_RETURN_IF_ERROR(CheckIndices(c));
  VITRT_RETURN_IF_ERROR(CheckAxis(axis, x.size()));
  bool fits = indices.size() == x.size();
  for (size_t i = 0; fits && i < x.size(); ++i) fits = static_cast<int32_t>(i) == axis || indices[i] <= x[i];
  if (!fits) return BadPlan("indices " + ToString(indices) + " do not fit data " + ToString(x));
  return One(c.in(0).dtype, indices);
}

Result<Types> InferGatherND(const TypeContext& c) {
  const int32_t batch_dims = c.attributes<GatherNDT>().batch_dims;
  const Shape &x = c.shape(0), &indices = c.shape(1);
  VITRT_RETURN_IF_ERROR(CheckIndices(c));
  const size_t batch = static_cast<size_t>(batch_dims);
  bool fits = batch_dims >= 0 && !indices.empty() && batch < indices.size() && batch <= x.size() &&
              Part(x, 0, batch) == Part(indices, 0, batch) && indices.back() >= 0 &&
              batch + static_cast<size_t>(indices.back()) <= x.size();
  if (!fits) return BadPlan("indices " + ToString(indices) + " do not fit data " + ToString(x));
  Shape y = Part(indices, 0, indices.size() - 1);
  Extend(y, Part(x, batch + static_cast<size_t>(indices.back()), x.size()));
  return One(c.in(0).dtype, std::move(y));
}

Result<Types> InferScatterND(const TypeContext& c) {
  const Shape &x = c.shape(0), &indices = c.shape(1), &updates = c.shape(2);
  const auto& op = c.attributes<ScatterNDT>();
  VITRT_RETURN_IF_ERROR(CheckIndices(c));
  if (op.reduce) {
    using enum ReduceFn;
    VITRT_RULE(op.reduction == Sum || op.reduction == Prod || op.reduction == Max || op.reduction == Min,
               "not a reduction of ScatterND");
    VITRT_RULE(IsNumber(c.in(0).dtype), "the data is not a number");
  }
  bool fits = !indices.empty() && indices.back() >= 0 && static_cast<size_t>(indices.back()) <= x.size() &&
              c.in(0).dtype == c.in(2).dtype;
  if (fits) {
    Shape expected = Part(indices, 0, indices.size() - 1);
    Extend(expected, Part(x, static_cast<size_t>(indices.back()), x.size()));
    fits = updates == expected;
  }
  if (!fits)
    return BadPlan("indices " + ToString(indices) + " and updates " + ToString(c.in(2)) + " do not fit data " +
                   ToString(c.in(0)));
  return Types{c.in(0)};
}

}  // namespace vitrt::plan
