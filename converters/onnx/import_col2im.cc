// Col2Im (PyTorch's fold): column l of x [n, c * taps, l] holds the taps of window l, and every element of the image is
// the sum of the taps that lie on it. That is a transposed convolution whose kernel has a single one per tap: input
// channel (c, t) goes to place t of channel c's window.
#include "converters/onnx/fold.h"
#include "converters/onnx/operators.h"
#include "converters/onnx/window.h"

namespace vitrt::convert::onnx_import {
namespace {

// [maps * taps, 1, h, w]: channel (map, tap) has a one at its tap.
Result<Tensor> TapWeights(int64_t maps, int64_t height, int64_t width) {
  const int64_t taps = height * width;
  const Shape shape{maps * taps, 1, height, width};
  VITRT_RETURN_IF_ERROR(CheckConstantSize(shape));
  MutableTensor weight(DType::F32, shape);
  for (int64_t i = 0; i < maps * taps; ++i) weight.data<float>()[i * taps + i % taps] = 1;
  return std::move(weight).Freeze();
}

Status ImportCol2Im(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(const auto image, node.Integers(1));
  VITRT_ASSIGN_OR_RETURN(const auto block, node.Integers(2));
  const size_t axes = image->size();
  if (axes == 0 || axes > 2) return node.Refuse("only one or two spatial axes are supported");
  if (node.rank(0) != 3 || block->size() != axes) return BadPlan("image_shape or block_shape does not fit the input");
  Shape map{1, 1};
  map.insert(map.end(), image->begin(), image->end());
  VITRT_RETURN_IF_ERROR(CheckShape(map));
  VITRT_ASSIGN_OR_RETURN(Window window, ReadWindow(node, map, *block));
  if (axes == 1) {
    window.AddUnitAxis();
    map.insert(map.begin() + 2, 1);
  }
  const int64_t height = window.OutputSize(0, map[2]), width = window.OutputSize(1, map[3]);
  const int64_t taps = window.kernel[0] * window.kernel[1];
  const Shape x = node.shape(0);
  if (x[1] % taps != 0 || height < 1 || width < 1 || x[2] != height * width) {
    return BadPlan("input " + ToString(x) + " does not hold the " + std::to_string(height) + " x " +
                   std::to_string(width) + " windows of the image");
  }
  const int64_t maps = x[0] * x[1] / taps;
  VITRT_ASSIGN_OR_RETURN(Tensor weight, TapWeights(maps, window.kernel[0], window.kernel[1]));
  plan::ConvTranspose2dT op;
  op.channels_last = false;
  op.groups = static_cast<int32_t>(maps);
  window.Fill(op);
  VITRT_ASSIGN_OR_RETURN(const ValueId columns, node.Reshape(node.in(0), {1, maps * taps, height, width}));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Emit(std::move(op), {columns, node.Add(std::move(weight))},
                                                    ValueType{DType::F32, {1, maps, map[2], map[3]}}));
  Shape shape{x[0], x[1] / taps};
  shape.insert(shape.end(), image->begin(), image->end());
  return node.Output(node.Reshape(y, std::move(shape)));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Col2Im", 18, kNewestOpset, ImportCol2Im, "ConvTranspose2d", "three spatial axes; computed shapes"},
};
// clang-format on

}  // namespace

std::span<const Operator> Col2imOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import
