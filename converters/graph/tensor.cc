#include "converters/graph/tensor.h"

#include <cassert>
#include <cstring>

namespace vitrt::convert {

Shape Strides(const Shape& shape) {
  Shape strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

namespace {

template <typename T>
Tensor FromVector(DType dtype, Shape shape, const std::vector<T>& values) {
  assert(NumElements(shape) == static_cast<int64_t>(values.size()));
  MutableTensor tensor(dtype, std::move(shape));
  if (!values.empty()) std::memcpy(tensor.bytes(), values.data(), values.size() * sizeof(T));
  return std::move(tensor).Freeze();
}

template <typename To>
std::vector<To> Widen(const Tensor& tensor) {
  const size_t n = static_cast<size_t>(tensor.size());
  auto copy = [n](const auto* x) { return std::vector<To>(x, x + n); };
  if (tensor.dtype == DType::F32) return copy(tensor.f32());
  if (tensor.dtype == DType::I32) return copy(tensor.i32());
  if (tensor.dtype == DType::I64) return copy(tensor.i64());
  return copy(tensor.data<uint8_t>());  // Bool, U8
}

}  // namespace

Tensor Tensor::Zeros(DType dtype, Shape shape) { return MutableTensor(dtype, std::move(shape)).Freeze(); }
Tensor Tensor::FromF32(Shape shape, const std::vector<float>& values) {
  return FromVector(DType::F32, std::move(shape), values);
}
Tensor Tensor::FromI64(Shape shape, const std::vector<int64_t>& values) {
  return FromVector(DType::I64, std::move(shape), values);
}
Tensor Tensor::FromI32(Shape shape, const std::vector<int32_t>& values) {
  return FromVector(DType::I32, std::move(shape), values);
}
Tensor Tensor::FromBool(Shape shape, const std::vector<uint8_t>& values) {
  return FromVector(DType::Bool, std::move(shape), values);
}

Tensor Tensor::Reshaped(Shape new_shape) const {
  assert(NumElements(new_shape) == size());
  return {dtype, std::move(new_shape), bytes};
}

MutableTensor::MutableTensor(DType dtype, Shape shape)
    : dtype_(dtype),
      shape_(std::move(shape)),
      bytes_(std::make_shared<std::vector<std::byte>>(static_cast<size_t>(NumElements(shape_) * SizeOf(dtype)))) {}

std::vector<int64_t> ToI64Vector(const Tensor& tensor) {
  assert(tensor.dtype != DType::F32);
  return Widen<int64_t>(tensor);
}

std::vector<double> ToF64Vector(const Tensor& tensor) { return Widen<double>(tensor); }

Tensor FromF64Vector(const ValueType& type, const std::vector<double>& values) {
  MutableTensor out(type);
  // Through int64 so that out-of-range values wrap the same way everywhere; NaN and overflow of int64 give its minimum.
  auto to_i64 = [](double x) { return x >= -0x1p63 && x < 0x1p63 ? static_cast<int64_t>(x) : INT64_MIN; };
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = values[i];
    if (type.dtype == DType::F32) out.data<float>()[i] = static_cast<float>(x);
    if (type.dtype == DType::I32) out.data<int32_t>()[i] = static_cast<int32_t>(to_i64(x));
    if (type.dtype == DType::I64) out.data<int64_t>()[i] = to_i64(x);
    if (type.dtype == DType::Bool) out.data<uint8_t>()[i] = x != 0;
    if (type.dtype == DType::U8) out.data<uint8_t>()[i] = static_cast<uint8_t>(to_i64(x));
  }
  return std::move(out).Freeze();
}

}  // namespace vitrt::convert
