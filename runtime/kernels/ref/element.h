// Element types of the plan as C++ types, and element sizes for kernels that only move data.
#pragma once

#include <cstdint>
#include <limits>

#include "runtime/plan/dtype.h"

namespace vitrt::kernels::ref {

// Calls f(T{}) with the type of an element that is only copied, of 1, 4 or 8 bytes.
template <typename F>
void WithSize(plan::DType dtype, F&& f) {
  switch (SizeOf(dtype)) {
    case 1:
      return f(uint8_t{});
    case 4:
      return f(uint32_t{});
    default:
      return f(uint64_t{});
  }
}

// Calls f(T{}) with float, int32_t or int64_t; a dtype that is no number calls nothing.
template <typename F>
void WithNumber(plan::DType dtype, F&& f) {
  switch (dtype) {
    case plan::DType::F32:
      return f(float{});
    case plan::DType::I32:
      return f(int32_t{});
    case plan::DType::I64:
      return f(int64_t{});
    case plan::DType::Bool:
    case plan::DType::U8:
      return;
  }
}

// Truncates towards zero; the nearest T where value is outside of T, 0 for NaN.
template <typename T>
T Saturate(double value) {
  if (value != value) return 0;
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

// An index tensor, I32 or I64.
struct Indices {
  const void* data = nullptr;
  plan::DType dtype = plan::DType::I64;

  int64_t operator[](int64_t i) const {
    return dtype == plan::DType::I64 ? static_cast<const int64_t*>(data)[i] : static_cast<const int32_t*>(data)[i];
  }
};

// An index into an axis of `size`: negative counts from the end; outside the axis (an error in ONNX, which a run
// cannot report) is the nearest element, so that no kernel reads or writes outside its tensors.
inline int64_t InAxis(int64_t index, int64_t size) {
  if (index < 0) index += size;
  return index < 0 ? 0 : index >= size ? size - 1 : index;
}

}  // namespace vitrt::kernels::ref
