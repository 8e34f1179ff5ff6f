#include "converters/onnx/window.h"

#include <algorithm>

namespace vitrt::convert::onnx_import {

int64_t Window::OutputSize(size_t i, int64_t input) const {
  // In ceil mode a window may also begin inside and end up to strides - 1 behind the padding, the first one too.
  const int64_t room = input + pad_begins[i] + pad_ends[i] - extent(i) + (ceil_mode ? strides[i] - 1 : 0);
  if (room < 0) return 0;
  const int64_t windows = room / strides[i] + 1;
  if (!ceil_mode) return windows;
  return (windows - 1) * strides[i] >= input + pad_begins[i] ? windows - 1 : windows;
}

void Window::AddUnitAxis() {
  for (auto* list : {&kernel, &strides, &dilations}) list->insert(list->begin(), 1);
  for (auto* list : {&pad_begins, &pad_ends}) list->insert(list->begin(), 0);
}

Result<Window> ReadWindow(NodeContext& node, const Shape& input, const std::vector<int64_t>& kernel) {
  VITRT_ASSIGN_OR_RETURN(const auto kernel_shape, node.Ints("kernel_shape"));
  VITRT_ASSIGN_OR_RETURN(const auto strides, node.Ints("strides"));
  VITRT_ASSIGN_OR_RETURN(const auto dilations, node.Ints("dilations"));
  VITRT_ASSIGN_OR_RETURN(const auto pads, node.Ints("pads"));
  VITRT_ASSIGN_OR_RETURN(const std::string auto_pad, node.String("auto_pad", "NOTSET"));
  VITRT_ASSIGN_OR_RETURN(const int64_t ceil_mode, node.Int("ceil_mode", 0));
  if (kernel_shape && !kernel.empty() && *kernel_shape != kernel)
    return BadPlan("kernel_shape differs from the weight");
  Window w;
  w.kernel = kernel_shape.value_or(kernel);
  const size_t n = w.kernel.size();
  w.strides = strides.value_or(std::vector<int64_t>(n, 1));
  w.dilations = dilations.value_or(std::vector<int64_t>(n, 1));
  w.pad_begins.assign(n, 0);
  w.pad_ends.assign(n, 0);
  w.ceil_mode = ceil_mode != 0;
  if (n == 0 || input.size() != n + 2 || w.strides.size() != n || w.dilations.size() != n ||
      (pads && pads->size() != 2 * n)) {
    return BadPlan("kernel, strides, dilations or pads do not fit the input " + ToString(input));
  }
  for (const auto* list : {&w.kernel, &w.strides, &w.dilations}) {
    if (std::any_of(list->begin(), list->end(), [](int64_t x) { return x < 1 || x > (1 << 24); })) {
      return BadPlan("kernel, strides and dilations must be positive");
    }
  }
  for (size_t i = 0; i < n; ++i) {
    if (auto_pad == "NOTSET" && pads) {
      w.pad_begins[i] = (*pads)[i];
      w.pad_ends[i] = (*pads)[n + i];
      const auto [low, high] = std::minmax(w.pad_begins[i], w.pad_ends[i]);
      if (low < -(1 << 24) || high > (1 << 24)) return BadPlan("padding is out of range");
    } else if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
      const int64_t windows = (input[i + 2] + w.strides[i] - 1) / w.strides[i];
      const int64_t total = std::max<int64_t>(0, (windows - 1) * w.strides[i] + w.extent(i) - input[i + 2]);
      w.pad_begins[i] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      w.pad_ends[i] = total - w.pad_begins[i];
    } else if (auto_pad != "NOTSET" && auto_pad != "VALID") {
      return node.Refuse("auto_pad '" + auto_pad + "' is not known");
    }
  }
  return w;
}

}  // namespace vitrt::convert::onnx_import
