// InferOpTypes: the table of rules, and what all rules share.
#include "runtime/plan/op_types.h"

#include <cmath>

#include "runtime/base/check.h"

namespace vitrt::plan {
namespace {

// By Op, without NONE.
constexpr Result<Types> (*kRules[])(const TypeContext&) = {
#define VITRT_OP(op, ...) Infer##op,
#include "runtime/plan/ops.def"
};

}  // namespace

Result<Types> InferOpTypes(const OpUnion& op, std::span<const std::optional<TensorType>> inputs,
                           const std::optional<TensorType>& declared) {
  if (!IsKnown(op.type)) return Internal("no such op: " + std::to_string(static_cast<int>(op.type)));
  const OpDescriptor& descriptor = DescriptorOf(op.type);
  const int count = static_cast<int>(inputs.size());
  if (!descriptor.TakesInputs(count))
    return BadPlan(std::string(descriptor.name) + " cannot have " + std::to_string(count) + " inputs");
  for (int i = 0; i < count; ++i) {
    if (descriptor.RequiresInput(i) && !inputs[static_cast<size_t>(i)])
      return BadPlan(std::string(descriptor.name) + " needs its input " + std::to_string(i));
  }
  return kRules[static_cast<size_t>(op.type) - 1]({op, inputs, declared});
}

Status CheckFloat(const TypeContext& c, size_t i, const char* what) {
  if (c.in(i).dtype == DType::F32) return {};
  return BadPlan(std::string(what) + " must be F32 but is " + ToString(c.in(i)));
}

Status CheckAxis(int64_t axis, size_t rank) {
  if (axis >= 0 && axis < static_cast<int64_t>(rank)) return {};
  return BadPlan("axis " + std::to_string(axis) + " is outside of rank " + std::to_string(rank));
}

Result<Types> One(DType dtype, Shape shape) {
  VITRT_RETURN_IF_ERROR(CheckShape(shape));
  return Types{{dtype, std::move(shape)}};
}

Status CheckInputRange(InputRange range, float scale, int32_t zero) {
  VITRT_RULE(range <= InputRange::MAX, "unknown range of x");
  if (range != InputRange::Given) return {};
  VITRT_RULE(std::isfinite(scale) && scale > 0, "the scale of x is not a finite number above 0");
  VITRT_RULE(zero >= 0 && zero <= 255, "the zero point of x is out of range");
  return {};
}

Status CheckInt8Constants(const TypeContext& c, int64_t n, int64_t k) {
  VITRT_RULE(k >= 1 && k <= 65536, "int8 sums of more than 65536 products");
  VITRT_RULE(c.has(5) && c.has(6) && c.has(7), "the scale, the column sums or the runs are absent");
  VITRT_RULE(c.in(1).dtype == DType::I32 && c.in(6).dtype == DType::I32 && c.in(7).dtype == DType::I32,
             "the weight, the column sums or the runs are not I32");
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 5, "the scale"));
  if (c.shape(5) != Shape{n}) return BadPlan("the scale is not [n]: " + ToString(c.shape(5)));
  if (c.shape(6) != Shape{n}) return BadPlan("the column sums are not [n]: " + ToString(c.shape(6)));
  return {};
}

}  // namespace vitrt::plan
