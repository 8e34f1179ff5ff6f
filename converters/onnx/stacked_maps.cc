#include "converters/onnx/stacked_maps.h"

#include <algorithm>

namespace vitrt::convert::onnx_import {
namespace {

// An axis on which the window is a single position needs no zeros between the maps.
size_t StackAxis(const Window& window) {
  const bool single = window.kernel[1] == 1 && window.strides[1] == 1 && !window.pad_begins[1] && !window.pad_ends[1];
  return single ? 1 : 0;
}

}  // namespace

Result<ValueId> StackMaps(NodeContext& node, ValueId x, Window* window, Stacking* stacking) {
  const Shape shape = node.type(x).shape;
  const size_t axis = stacking->axis = StackAxis(*window);
  const int64_t maps = stacking->maps = shape[0], stride = window->strides[axis], extent = window->extent(axis);
  const int64_t begin = window->pad_begins[axis], padded = begin + shape[2 + axis] + window->pad_ends[axis];
  if (padded < extent) return BadPlan("the window is larger than the padded input");
  const int64_t pitch = (padded + stride - 1) / stride * stride;
  stacking->rows = pitch / stride;
  stacking->valid_rows = (padded - extent) / stride + 1;
  window->pad_begins[axis] = 0;
  window->pad_ends[axis] = std::max<int64_t>(0, extent - stride);  // as many windows as the stack has strides

  // The maps next to the axis, the channels in front.
  VITRT_ASSIGN_OR_RETURN(
      ValueId y, node.Transpose(x, axis == 0 ? std::vector<int32_t>{1, 0, 2, 3} : std::vector<int32_t>{1, 2, 0, 3}));
  if (pitch > shape[2 + axis]) {
    plan::PadT pad;
    pad.begins.assign(4, 0);
    pad.ends.assign(4, 0);
    pad.begins[2 + axis] = begin;
    pad.ends[2 + axis] = pitch - shape[2 + axis] - begin;
    VITRT_ASSIGN_OR_RETURN(y, node.Emit(std::move(pad), {y}));
  }
  return node.Reshape(
      y, axis == 0 ? Shape{1, shape[1], maps * pitch, shape[3]} : Shape{1, shape[1], shape[2], maps * pitch});
}

Result<ValueId> UnstackMaps(NodeContext& node, ValueId y, const Stacking& stacking) {
  const Shape shape = node.type(y).shape;
  const bool high = stacking.axis == 0;
  VITRT_ASSIGN_OR_RETURN(y, node.Reshape(y, high ? Shape{shape[1], stacking.maps, stacking.rows, shape[3]}
                                                 : Shape{shape[1], shape[2], stacking.maps, stacking.rows}));
  VITRT_ASSIGN_OR_RETURN(y, node.Slice(y, 2 + stacking.axis, 0, stacking.valid_rows));
  return node.Transpose(y, high ? std::vector<int32_t>{1, 0, 2, 3} : std::vector<int32_t>{2, 0, 1, 3});
}

}  // namespace vitrt::convert::onnx_import
