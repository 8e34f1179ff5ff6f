// The element type and shape of a tensor, and the arithmetic on shapes that plans and graphs share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::plan {

using Shape = std::vector<int64_t>;

// No value may have more elements: products of valid dims never overflow, and hostile shapes are refused.
inline constexpr int64_t kMaxElements = int64_t{1} << 31;

// Product of the dims (1 for a scalar). The shape must be valid (CheckShape).
int64_t NumElements(const Shape& shape);
// Every dim >= 0 and at most kMaxElements elements.
Status CheckShape(const Shape& shape);
// NumPy's broadcasting rule: the common shape of a and b, or an error naming both.
Result<Shape> BroadcastShapes(const Shape& a, const Shape& b);
std::string ToString(const Shape& shape);  // "[1, 3, 224, 224]"

struct TensorType {
  DType dtype = DType::F32;
  Shape shape;
  bool operator==(const TensorType&) const = default;
};
std::string ToString(const TensorType& type);  // "F32[1, 3, 224, 224]"

}  // namespace vitrt::plan
