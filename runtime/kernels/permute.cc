#include "runtime/kernels/permute.h"

#include <algorithm>
#include <cstring>

namespace vitrt::kernels {
namespace {

constexpr int64_t kStripElements = 16384;  // of a transposed strip: 64 KB in, 64 KB out

struct Axis {
  int64_t size, x_stride;
};

// The axes of y without those of size 1, neighbours merged where x has them side by side too. Returns their count.
int MergedAxes(std::span<const int64_t> dims, std::span<const int32_t> perm, Axis* axes) {
  int64_t x_strides[PermutePlan::kMaxAxes] = {};
  int64_t step = 1;
  for (size_t i = dims.size(); i-- > 0; step *= dims[i]) x_strides[i] = step;
  int count = 0;
  for (const int32_t axis : perm) {
    const size_t from = static_cast<size_t>(axis);
    if (dims[from] == 1) continue;
    if (count > 0 && axes[count - 1].x_stride == x_strides[from] * dims[from]) {
      axes[count - 1] = {axes[count - 1].size * dims[from], x_strides[from]};
    } else {
      axes[count++] = {dims[from], x_strides[from]};
    }
  }
  if (count == 0) axes[count++] = {1, 1};
  return count;
}

void AddLoop(PermutePlan& plan, int64_t size, int64_t x_stride, int64_t y_stride) {
  plan.dims[plan.axes] = size;
  plan.x_strides[plan.axes] = x_stride;
  plan.y_strides[plan.axes++] = y_stride;
  plan.pieces *= size;
}

}  // namespace

PermutePlan PlanPermute(std::span<const int64_t> dims, std::span<const int32_t> perm) {
  Axis axes[PermutePlan::kMaxAxes];
  const int count = MergedAxes(dims, perm, axes);
  int64_t y_strides[PermutePlan::kMaxAxes];
  int contiguous = count - 1;  // the axis of y along which x is contiguous
  int64_t step = 1;
  for (int i = count - 1; i >= 0; step *= axes[i--].size) {
    y_strides[i] = step;
    if (axes[i].x_stride == 1) contiguous = i;
  }
  PermutePlan plan;
  if (step == 0) {
    plan.pieces = 0;
    return plan;
  }
  const Axis last = axes[count - 1];
  for (int i = 0; i < count - 1; ++i) {
    if (i != contiguous) AddLoop(plan, axes[i].size, axes[i].x_stride, y_strides[i]);
  }
  if (contiguous == count - 1) {
    plan.row = last.size;
    return plan;
  }
  const int64_t columns = axes[contiguous].size;
  plan.rows = last.size;
  plan.x_ld = last.x_stride;
  plan.y_ld = y_strides[contiguous];
  const int64_t width = std::max<int64_t>(16, kStripElements / plan.rows / 16 * 16);
  plan.columns = std::min(columns, width);
  plan.strips = (columns + plan.columns - 1) / plan.columns;
  plan.last_columns = columns - (plan.strips - 1) * plan.columns;
  if (plan.strips > 1) AddLoop(plan, plan.strips, plan.columns, plan.columns * plan.y_ld);
  return plan;
}

void RunPermute(const PermutePlan& plan, TransposeKernel transpose, const float* x, float* y, int64_t begin,
                int64_t end) {
  int64_t index[PermutePlan::kMaxAxes] = {};
  int64_t remainder = begin;
  for (int axis = plan.axes - 1; axis >= 0; --axis) {
    index[axis] = remainder % plan.dims[axis];
    remainder /= plan.dims[axis];
    x += index[axis] * plan.x_strides[axis];
    y += index[axis] * plan.y_strides[axis];
  }
  for (int64_t piece = begin; piece < end; ++piece) {
    if (plan.row > 0) {
      std::memcpy(y, x, static_cast<size_t>(plan.row) * sizeof(float));
    } else {
      const bool last_strip = plan.strips == 1 || index[plan.axes - 1] == plan.strips - 1;
      transpose({plan.rows, last_strip ? plan.last_columns : plan.columns, x, plan.x_ld, y, plan.y_ld});
    }
    for (int axis = plan.axes - 1; axis >= 0; --axis) {
      x += plan.x_strides[axis];
      y += plan.y_strides[axis];
      if (++index[axis] < plan.dims[axis]) break;
      x -= plan.x_strides[axis] * plan.dims[axis];
      y -= plan.y_strides[axis] * plan.dims[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace vitrt::kernels
