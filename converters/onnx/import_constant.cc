// Operators that make tensors out of nothing, and those whose output shape depends on data (so the data must be known).
#include <cmath>

#include "converters/onnx/fold.h"
#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

// The known data of input i, or the reason for refusal.
Result<Tensor> Known(NodeContext& node, size_t i, const char* what) {
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> tensor, node.Constant(node.in(i)));
  if (!tensor) return node.Refuse(std::string(what) + " is computed from the image; it must be constant");
  return *tensor;
}

Status ImportConstant(NodeContext& node) {
  using Kind = Attribute::Kind;
  for (const char* name : {"value", "value_float", "value_floats", "value_int", "value_ints"}) {
    const Attribute* a = node.attribute(name);
    if (!a) continue;
    if (a->kind == Kind::kTensor && !a->tensor.tensor) return node.Refuse(a->tensor.problem);
    if (a->kind == Kind::kTensor) {
      const ValueId id = node.Add(*a->tensor.tensor);
      if (const auto narrow = NarrowRange(a->tensor.element_type)) node.SetNarrow(id, *narrow);
      return node.Output(id);
    }
    if (a->kind == Kind::kFloat) return node.Output(node.Add(Tensor::FromF32({}, {a->f})));
    if (a->kind == Kind::kInt) return node.Output(node.Add(Tensor::FromI64({}, {a->i})));
    if (a->kind == Kind::kFloats)
      return node.Output(node.Add(Tensor::FromF32({static_cast<int64_t>(a->floats.size())}, a->floats)));
    if (a->kind == Kind::kInts)
      return node.Output(node.Add(Tensor::FromI64({static_cast<int64_t>(a->ints.size())}, a->ints)));
    return BadPlan("attribute '" + std::string(name) + "' has the wrong type");
  }
  for (const char* name : {"value_string", "value_strings", "sparse_value"}) {
    if (node.attribute(name)) return node.Refuse(std::string(name) + " is not supported");
  }
  return BadPlan("holds no value");
}

Status ImportConstantOfShape(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto shape, node.Integers(0));
  VITRT_RETURN_IF_ERROR(CheckConstantSize(*shape));
  Tensor value = Tensor::FromF32({1}, {0});
  if (const Attribute* a = node.attribute("value")) {
    if (a->kind != Attribute::Kind::kTensor) return BadPlan("attribute 'value' has the wrong type");
    if (!a->tensor.tensor) return node.Refuse(a->tensor.problem);
    value = *a->tensor.tensor;
  }
  if (value.size() != 1) return BadPlan("attribute 'value' must be one element");
  return node.Output(node.Expand(node.Add(value.Reshaped({})), *shape));
}

Status ImportRange(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  std::vector<Tensor> bounds;
  for (size_t i : {0, 1, 2}) {
    VITRT_ASSIGN_OR_RETURN(Tensor bound, Known(node, i, "a bound"));
    if (bound.size() != 1 || bound.dtype != node.dtype(0) || bound.dtype == DType::Bool)
      return BadPlan("start, limit and delta must be numbers of one type");
    bounds.push_back(std::move(bound));
  }
  const DType dtype = node.dtype(0);
  const double start = ToF64Vector(bounds[0])[0], limit = ToF64Vector(bounds[1])[0], delta = ToF64Vector(bounds[2])[0];
  const double count = delta == 0 ? NAN : std::max(0.0, std::ceil((limit - start) / delta));
  if (!(count <= static_cast<double>(kMaxElements))) return BadPlan("the range has no end");
  const Shape shape{static_cast<int64_t>(count)};
  VITRT_RETURN_IF_ERROR(CheckConstantSize(shape));
  std::vector<double> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = start + static_cast<double>(i) * delta;
  return node.Output(node.Add(FromF64Vector({dtype, shape}, values)));
}

Status ImportEyeLike(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t k, node.Int("k", 0));
  DType dtype = node.dtype(0);
  if (node.has_attribute("dtype")) {
    VITRT_ASSIGN_OR_RETURN(const int64_t type, node.Int("dtype"));
    const auto imported = ImportedDType(type);
    if (!imported) return node.Refuse("element type " + ElementTypeName(type) + " is not supported");
    dtype = *imported;
  }
  const Shape shape = node.shape(0);
  if (shape.size() != 2) return BadPlan("the input must be a matrix");
  VITRT_RETURN_IF_ERROR(CheckConstantSize(shape));
  std::vector<double> values(static_cast<size_t>(NumElements(shape)));
  for (int64_t row = 0; row < shape[0]; ++row) {
    const bool inside = k <= shape[1] && k >= -shape[0] && row + k >= 0 && row + k < shape[1];
    if (inside) values[static_cast<size_t>(row * shape[1] + row + k)] = 1;
  }
  return node.Output(node.Add(FromF64Vector({dtype, shape}, values)));
}

// indices -> a new axis of size depth that is on_value where it equals the index, else off_value.
Status ImportOneHot(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(const Tensor depth_tensor, Known(node, 1, "depth"));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", -1));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0) + 1));
  if (depth_tensor.size() != 1 || node.shape(2) != Shape{2}) return BadPlan("depth must be one number, values two");
  const double depth_value = ToF64Vector(depth_tensor)[0];
  if (!(depth_value >= 0 && depth_value <= static_cast<double>(kMaxElements))) return BadPlan("depth is out of range");
  const int64_t depth = static_cast<int64_t>(depth_value);
  VITRT_RETURN_IF_ERROR(CheckConstantSize({depth}));
  // Negative indices count from depth; others outside of it match nothing.
  VITRT_ASSIGN_OR_RETURN(ValueId index, node.Cast(node.in(0), DType::I64));
  const ValueId zero = node.Scalar(DType::I64, 0), size = node.Scalar(DType::I64, static_cast<double>(depth));
  VITRT_ASSIGN_OR_RETURN(const ValueId negative, node.Binary(plan::BinaryFn::Less, index, zero));
  VITRT_ASSIGN_OR_RETURN(const ValueId shifted, node.Binary(plan::BinaryFn::Add, index, size));
  VITRT_ASSIGN_OR_RETURN(index, node.Emit(plan::WhereT(), {negative, shifted, index}));
  Shape shape = node.shape(0), classes(shape.size() + 1, 1);
  shape.insert(shape.begin() + axis, 1);
  classes[static_cast<size_t>(axis)] = depth;
  std::vector<int64_t> numbers(static_cast<size_t>(depth));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int64_t>(i);
  VITRT_ASSIGN_OR_RETURN(index, node.Reshape(index, shape));
  VITRT_ASSIGN_OR_RETURN(const ValueId hit,
                         node.Binary(plan::BinaryFn::Equal, index, node.Add(Tensor::FromI64(classes, numbers))));
  VITRT_ASSIGN_OR_RETURN(ValueId off, node.Slice(node.in(2), 0, 0, 1));
  VITRT_ASSIGN_OR_RETURN(ValueId on, node.Slice(node.in(2), 0, 1, 2));
  VITRT_ASSIGN_OR_RETURN(off, node.Reshape(off, {}));
  VITRT_ASSIGN_OR_RETURN(on, node.Reshape(on, {}));
  return node.Output(node.Emit(plan::WhereT(), {hit, on, off}));
}

// Keeps the upper (or lower) triangle of the last two axes, zeros elsewhere.
Status ImportTrilu(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  int64_t k = 0;
  if (node.has(1)) {
    VITRT_ASSIGN_OR_RETURN(k, node.Integer(1));
  }
  VITRT_ASSIGN_OR_RETURN(const int64_t upper, node.Int("upper", 1));
  const Shape& shape = node.shape(0);
  if (shape.size() < 2) return BadPlan("the input must have at least two dims");
  const int64_t rows = shape[shape.size() - 2], columns = shape.back();
  VITRT_RETURN_IF_ERROR(CheckConstantSize({rows, columns}));
  k = std::clamp(k, -rows - 1, columns + 1);
  std::vector<uint8_t> keep(static_cast<size_t>(rows * columns));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) keep[static_cast<size_t>(r * columns + c)] = upper ? c - r >= k : c - r <= k;
  }
  const ValueId mask = node.Add(Tensor::FromBool({rows, columns}, keep));
  return node.Output(node.Emit(plan::WhereT(), {mask, node.in(0), node.Scalar(node.dtype(0), 0)}));
}

Status ImportNonZero(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const Tensor x, Known(node, 0, "the input"));
  const std::vector<double> values = ToF64Vector(x);
  const Shape strides = Strides(x.shape);
  std::vector<int64_t> found;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0) found.push_back(static_cast<int64_t>(i));
  }
  std::vector<int64_t> result;
  for (size_t axis = 0; axis < strides.size(); ++axis) {
    for (int64_t at : found) result.push_back(at / strides[axis] % x.shape[axis]);
  }
  return node.Output(
      node.Add(Tensor::FromI64({static_cast<int64_t>(strides.size()), static_cast<int64_t>(found.size())}, result)));
}

// Keeps the elements along an axis (or of the flattened input) whose condition is true.
Status ImportCompress(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const Tensor condition, Known(node, 1, "the condition"));
  if (condition.dtype != DType::Bool || condition.shape.size() != 1)
    return BadPlan("the condition must be a list of bools");
  ValueId x = node.in(0);
  int axis = 0;
  if (node.has_attribute("axis")) {
    VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis"));
    VITRT_ASSIGN_OR_RETURN(axis, node.Axis(given, node.rank(0)));
  } else {
    VITRT_ASSIGN_OR_RETURN(x, node.Reshape(x, {NumElements(node.shape(0))}));
  }
  std::vector<int64_t> kept;
  const int64_t size = node.type(x).shape[static_cast<size_t>(axis)];  // the condition may be longer or shorter
  for (int64_t i = 0; i < std::min(condition.size(), size); ++i) {
    if (condition.boolean()[i]) kept.push_back(i);
  }
  const Shape kept_shape{static_cast<int64_t>(kept.size())};
  return node.Output(node.Emit(ops::Gather(axis), {x, node.Add(Tensor::FromI64(kept_shape, kept))}));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Compress", 9, kNewestOpset, ImportCompress, "Gather", "computed conditions"},
    {"Constant", 1, kNewestOpset, ImportConstant, "a constant", "strings, sparse tensors"},
    {"ConstantOfShape", 9, kNewestOpset, ImportConstantOfShape, "a constant", "computed shapes"},
    {"EyeLike", 9, kNewestOpset, ImportEyeLike, "a constant", ""},
    {"NonZero", 9, kNewestOpset, ImportNonZero, "a constant", "computed inputs"},
    {"OneHot", 9, kNewestOpset, ImportOneHot, "Equal, Where", "computed depth"},
    {"Range", 11, kNewestOpset, ImportRange, "a constant", "computed bounds"},
    {"Trilu", 14, kNewestOpset, ImportTrilu, "Where", "computed k"},
};
// clang-format on

}  // namespace

std::span<const Operator> ConstantOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import
