#include "runtime/plan/tensor_type.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace vitrt::plan {

int64_t NumElements(const Shape& shape) {
  int64_t n = 1;
  for (int64_t dim : shape) n *= dim;
  return n;
}

Status CheckShape(const Shape& shape) {
  // Zero dims do not excuse the others: any prefix product stays in range.
  int64_t n = 1;
  for (int64_t dim : shape) {
    if (dim < 0) return BadPlan("negative dimension in shape " + ToString(shape));
    if (dim > kMaxElements || n * std::max<int64_t>(dim, 1) > kMaxElements) {
      return BadPlan("shape " + ToString(shape) + " has too many elements");
    }
    n *= std::max<int64_t>(dim, 1);
  }
  return {};
}

Result<Shape> BroadcastShapes(const Shape& a, const Shape& b) {
  Shape shape(std::max(a.size(), b.size()));
  for (size_t i = 0; i < shape.size(); ++i) {  // from the last axis
    const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (da != db && da != 1 && db != 1)
      return BadPlan("shapes " + ToString(a) + " and " + ToString(b) + " do not broadcast");
    shape[shape.size() - 1 - i] = da == 1 ? db : da;
  }
  VITRT_RETURN_IF_ERROR(CheckShape(shape));
  return shape;
}

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string ToString(const TensorType& type) { return EnumNameDType(type.dtype) + ToString(type.shape); }

}  // namespace vitrt::plan
