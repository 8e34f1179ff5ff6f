// Dimensions, strides and the one nested loop of the reference kernels: values on the stack, no allocation.
// A tensor is row-major and contiguous; strides are in elements.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

namespace vitrt::kernels::ref {

inline constexpr int kMaxRank = 8;  // a caller refuses tensors of more axes

struct Shape {
  int rank = 0;
  int64_t dims[kMaxRank] = {};

  Shape() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): sizes are a shape, at most kMaxRank of them
  Shape(std::span<const int64_t> values);
  Shape(std::initializer_list<int64_t> values) : Shape(std::span<const int64_t>(values.begin(), values.size())) {}

  int64_t operator[](int axis) const { return dims[axis]; }
  int64_t& operator[](int axis) { return dims[axis]; }
  int64_t Size() const { return SizeOf(0, rank); }
  int64_t SizeOf(int begin, int end) const;  // product of the axes [begin, end)
};

struct Strides {
  int64_t of[kMaxRank] = {};
  int64_t operator[](int axis) const { return of[axis]; }
  int64_t& operator[](int axis) { return of[axis]; }
};

Strides RowMajor(const Shape& shape);

// Strides of `shape` seen through NumPy broadcasting to `out`: 0 along repeated axes.
Strides Broadcast(const Shape& shape, const Shape& out);

// Visits every index of `shape` in row-major order: f(position, offsets) where offsets[i] = sum index * strides[i].
template <int N, typename F>
void ForEach(const Shape& shape, const Strides (&strides)[N], F&& f) {
  const int64_t size = shape.Size();
  int64_t index[kMaxRank] = {};
  int64_t offsets[N] = {};
  for (int64_t position = 0; position < size; ++position) {
    f(position, static_cast<const int64_t*>(offsets));
    for (int axis = shape.rank - 1; axis >= 0; --axis) {
      for (int i = 0; i < N; ++i) offsets[i] += strides[i][axis];
      if (++index[axis] < shape[axis]) break;
      for (int i = 0; i < N; ++i) offsets[i] -= strides[i][axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace vitrt::kernels::ref
