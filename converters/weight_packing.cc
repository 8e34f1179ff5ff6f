#include "converters/weight_packing.h"

#include <algorithm>
#include <cstring>

#include "runtime/base/panels.h"
#include "runtime/plan/op_descriptor.h"

namespace vitrt::convert {
namespace {

// Columns [first, first + n) of the row-major matrix [k, ld] of 32-bit elements, in panels of 16 columns.
uint32_t* PackPanels(const uint32_t* matrix, int64_t k, int64_t ld, int64_t first, int64_t n, uint32_t* out) {
  for (int64_t panel = 0; panel < n; panel += kPanel) {
    const int64_t width = std::min(kPanel, n - panel);
    for (int64_t row = 0; row < k; ++row, out += kPanel) {
      std::copy_n(matrix + row * ld + first + panel, width, out);
    }
  }
  return out;
}

}  // namespace

plan::Encoding EncodingOf(const Graph& graph, const Node& node, size_t index) {
  if (index == 5 && node.op.type == plan::Op::Conv2d) return plan::Encoding::Panels16;
  if (index != 1) return plan::Encoding::Plain;
  if (node.op.type == plan::Op::Linear || plan::IsInt8(node.op.type)) return plan::Encoding::Panels16;
  if (node.op.type != plan::Op::Conv2d) return plan::Encoding::Plain;
  const Shape& weight = graph.value(node.inputs[1]).shape;
  const int64_t cin = graph.value(node.inputs[0]).shape[3], groups = node.op.AsConv2d()->groups;
  return groups > 1 && groups == cin && groups == weight[3] ? plan::Encoding::Depthwise : plan::Encoding::Panels16;
}

int GroupsOf(const Node& node, size_t index) {
  if (node.op.type == plan::Op::ConvI8) return node.op.AsConvI8()->groups;
  if (node.op.type != plan::Op::Conv2d) return 1;
  const int side = node.op.AsConv2d()->winograd + 2;
  return index == 5 ? side * side : node.op.AsConv2d()->groups;
}

std::vector<std::byte> Encode(const Tensor& tensor, plan::Encoding encoding, int groups) {
  if (encoding != plan::Encoding::Panels16) return *tensor.bytes;
  const int64_t cout = tensor.shape.back(), k = tensor.size() / cout, n = cout / groups;
  std::vector<std::byte> bytes(static_cast<size_t>(groups * PanelCount(n) * k * kPanel) * sizeof(uint32_t));
  auto* out = reinterpret_cast<uint32_t*>(bytes.data());
  for (int64_t group = 0; group < groups; ++group)
    out = PackPanels(tensor.data<uint32_t>(), k, cout, group * n, n, out);
  return bytes;
}

}  // namespace vitrt::convert
