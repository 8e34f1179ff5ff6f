// Shapes, element types and immutable tensors of the converter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/plan/dtype.h"
#include "runtime/plan/tensor_type.h"
#include "vitrt/status.h"

namespace vitrt::convert {

using plan::BroadcastShapes;
using plan::CheckShape;
using plan::DType;
using plan::kMaxElements;
using plan::NumElements;
using plan::Shape;
using plan::ToString;
using ValueType = plan::TensorType;

// Row-major strides in elements.
Shape Strides(const Shape& shape);

// A constant or an evaluated value: row-major, immutable, cheap to copy.
struct Tensor {
  DType dtype = DType::F32;
  Shape shape;
  std::shared_ptr<const std::vector<std::byte>> bytes;

  static Tensor Zeros(DType dtype, Shape shape);
  static Tensor FromF32(Shape shape, const std::vector<float>& values);
  static Tensor FromI64(Shape shape, const std::vector<int64_t>& values);
  static Tensor FromI32(Shape shape, const std::vector<int32_t>& values);
  static Tensor FromBool(Shape shape, const std::vector<uint8_t>& values);

  template <typename T>
  const T* data() const {
    return reinterpret_cast<const T*>(bytes->data());
  }
  const float* f32() const { return data<float>(); }
  const int64_t* i64() const { return data<int64_t>(); }
  const int32_t* i32() const { return data<int32_t>(); }
  const uint8_t* boolean() const { return data<uint8_t>(); }
  int64_t size() const { return NumElements(shape); }
  ValueType type() const { return {dtype, shape}; }
  // The same data under another shape of as many elements.
  Tensor Reshaped(Shape new_shape) const;
};

// A tensor that is being written; Freeze() ends that.
class MutableTensor {
 public:
  MutableTensor(DType dtype, Shape shape);  // zero-filled
  explicit MutableTensor(const ValueType& type) : MutableTensor(type.dtype, type.shape) {}

  template <typename T>
  T* data() {
    return reinterpret_cast<T*>(bytes_->data());
  }
  std::byte* bytes() { return bytes_->data(); }
  const Shape& shape() const { return shape_; }
  int64_t size() const { return NumElements(shape_); }
  Tensor Freeze() && { return {dtype_, std::move(shape_), std::move(bytes_)}; }

 private:
  DType dtype_;
  Shape shape_;
  std::shared_ptr<std::vector<std::byte>> bytes_;
};

// The elements as int64 (I64, I32 or Bool) or double (any dtype), in order.
std::vector<int64_t> ToI64Vector(const Tensor& tensor);
std::vector<double> ToF64Vector(const Tensor& tensor);
// The inverse, into any dtype: integers wrap, Bool is "not zero".
Tensor FromF64Vector(const ValueType& type, const std::vector<double>& values);

}  // namespace vitrt::convert
