// Resize (opset 10: scales only; since 11 with sizes and coordinate modes) and its forerunner Upsample.
#include <algorithm>
#include <cmath>
#include <utility>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

template <typename Enum, size_t n>
Result<Enum> Named(NodeContext& node, const char* attribute, const std::string& value,
                   const std::pair<const char*, Enum> (&names)[n]) {
  for (const auto& [name, result] : names) {
    if (value == name) return result;
  }
  return node.Refuse(std::string(attribute) + " = '" + value + "' is not supported");
}

constexpr std::pair<const char*, plan::ResizeMode> kModes[] = {{"nearest", plan::ResizeMode::Nearest},
                                                               {"linear", plan::ResizeMode::Linear},
                                                               {"bilinear", plan::ResizeMode::Linear},
                                                               {"cubic", plan::ResizeMode::Cubic}};
constexpr std::pair<const char*, plan::ResizeCoordinates> kCoordinates[] = {
    {"half_pixel", plan::ResizeCoordinates::HalfPixel},
    {"pytorch_half_pixel", plan::ResizeCoordinates::PytorchHalfPixel},
    {"align_corners", plan::ResizeCoordinates::AlignCorners},
    {"asymmetric", plan::ResizeCoordinates::Asymmetric},
    {"half_pixel_symmetric", plan::ResizeCoordinates::HalfPixelSymmetric}};
constexpr std::pair<const char*, plan::ResizeNearest> kNearest[] = {
    {"round_prefer_floor", plan::ResizeNearest::RoundPreferFloor},
    {"round_prefer_ceil", plan::ResizeNearest::RoundPreferCeil},
    {"floor", plan::ResizeNearest::Floor},
    {"ceil", plan::ResizeNearest::Ceil}};

Result<std::optional<std::vector<float>>> KnownScales(NodeContext& node, size_t i) {
  if (!node.has(i)) return std::optional<std::vector<float>>();
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> scales, node.Constant(node.in(i)));
  if (!scales) return node.Refuse("the scales are computed from the image; they must be constant");
  if (scales->dtype != DType::F32) return BadPlan("scales must be floats");
  if (scales->size() == 0) return std::optional<std::vector<float>>();
  return std::optional(std::vector<float>(scales->f32(), scales->f32() + scales->size()));
}

Status Finish(NodeContext& node, plan::ResizeT op, const std::optional<std::vector<int64_t>>& sizes) {
  ValueType type = node.type(node.in(0));
  bool same = true;
  for (size_t i = 0; i < type.shape.size(); ++i) {
    const double size = static_cast<double>(type.shape[i]);
    if (!(op.scales[i] > 0) || op.scales[i] * size > static_cast<double>(kMaxElements))
      return BadPlan("bad scale for axis " + std::to_string(i));
    type.shape[i] = sizes ? (*sizes)[i] : static_cast<int64_t>(std::floor(double{op.scales[i]} * size));
    same = same && op.scales[i] == 1;
  }
  if (same && type.shape == node.shape(0)) return node.Output(node.in(0));
  if (type.dtype != DType::F32 && op.mode != plan::ResizeMode::Nearest)
    return node.Refuse("only floats can be interpolated");
  return node.Output(node.Emit(std::move(op), {node.in(0)}, std::move(type)));
}

// Upsample, and Resize of opset 10: nearest takes the floor of asymmetric coordinates.
Status ImportUpsample(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto scales, node.opset() < 9 ? node.Floats("scales") : KnownScales(node, 1));
  VITRT_ASSIGN_OR_RETURN(const std::string mode, node.String("mode", "nearest"));
  if (!scales || scales->size() != node.rank(0)) return BadPlan("scales do not fit the input");
  plan::ResizeT op;
  VITRT_ASSIGN_OR_RETURN(op.mode, Named(node, "mode", mode, kModes));
  op.coordinates = plan::ResizeCoordinates::Asymmetric;
  op.nearest = plan::ResizeNearest::Floor;
  op.scales = *scales;
  return Finish(node, std::move(op), {});
}

Status ImportResize(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const size_t rank = node.rank(0);
  VITRT_ASSIGN_OR_RETURN(const std::string mode, node.String("mode", "nearest"));
  VITRT_ASSIGN_OR_RETURN(const std::string coordinates, node.String("coordinate_transformation_mode", "half_pixel"));
  VITRT_ASSIGN_OR_RETURN(const std::string nearest, node.String("nearest_mode", "round_prefer_floor"));
  VITRT_ASSIGN_OR_RETURN(const std::string policy, node.String("keep_aspect_ratio_policy", "stretch"));
  VITRT_ASSIGN_OR_RETURN(const auto given_axes, node.Ints("axes"));
  VITRT_ASSIGN_OR_RETURN(const int64_t exclude_outside, node.Int("exclude_outside", 0));
  VITRT_ASSIGN_OR_RETURN(const int64_t antialias, node.Int("antialias", 0));
  plan::ResizeT op;
  VITRT_ASSIGN_OR_RETURN(op.mode, Named(node, "mode", mode, kModes));
  VITRT_ASSIGN_OR_RETURN(op.coordinates, Named(node, "coordinate_transformation_mode", coordinates, kCoordinates));
  VITRT_ASSIGN_OR_RETURN(op.nearest, Named(node, "nearest_mode", nearest, kNearest));
  VITRT_ASSIGN_OR_RETURN(op.cubic_a, node.Float("cubic_coeff_a", -0.75f));
  VITRT_ASSIGN_OR_RETURN(op.extrapolation, node.Float("extrapolation_value", 0));
  op.exclude_outside = exclude_outside != 0;
  op.antialias = antialias != 0;

  VITRT_ASSIGN_OR_RETURN(const auto scales, KnownScales(node, 2));
  VITRT_ASSIGN_OR_RETURN(auto sizes, node.Integers(3));
  if (sizes && sizes->empty()) sizes.reset();
  std::vector<int64_t> all_axes;
  for (size_t i = 0; i < rank; ++i) all_axes.push_back(static_cast<int64_t>(i));
  VITRT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes, node.Axes(given_axes.value_or(all_axes), rank));
  if (!scales == !sizes) return BadPlan("needs either scales or sizes");
  if ((scales && scales->size() != axes.size()) || (sizes && sizes->size() != axes.size()))
    return BadPlan("scales or sizes do not fit the axes");

  op.scales.assign(rank, 1);
  Shape shape = node.shape(0);
  double common = 0;  // one scale for all axes, where the aspect ratio is kept
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = static_cast<size_t>(axes[i]);
    if (scales) {
      op.scales[axis] = (*scales)[i];
      continue;
    }
    if ((*sizes)[i] < 1 || shape[axis] < 1) return BadPlan("sizes must be positive");
    const double scale = static_cast<double>((*sizes)[i]) / static_cast<double>(shape[axis]);
    common = i == 0 ? scale : policy == "not_larger" ? std::min(common, scale) : std::max(common, scale);
    op.scales[axis] = static_cast<float>(scale);
    shape[axis] = (*sizes)[i];
  }
  if (sizes && policy != "stretch") {
    if (policy != "not_larger" && policy != "not_smaller")
      return node.Refuse("keep_aspect_ratio_policy '" + policy + "' is not known");
    for (int32_t axis : axes) {
      const size_t at = static_cast<size_t>(axis);
      op.scales[at] = static_cast<float>(common);
      shape[at] = static_cast<int64_t>(std::floor(common * static_cast<double>(node.shape(0)[at]) + 0.5));
    }
  }
  return Finish(node, std::move(op), sizes ? std::optional(shape) : std::nullopt);
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Resize", 10, 10, ImportUpsample, "Resize", "computed scales"},
    {"Resize", 11, kNewestOpset, ImportResize, "Resize", "tf_crop_and_resize; computed scales or sizes"},
    {"Upsample", 7, 9, ImportUpsample, "Resize", "computed scales"},
};
// clang-format on

}  // namespace

std::span<const Operator> ResizeOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import
