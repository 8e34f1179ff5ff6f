#include "converters/onnx/node_context.h"

#include <numeric>

#include "converters/onnx/fold.h"

namespace vitrt::convert::onnx_import {

Status NodeContext::Require(size_t count) const {
  for (size_t i = 0; i < count; ++i) {
    if (!has(i)) return BadPlan("input " + std::to_string(i) + " is missing");
  }
  return {};
}

Result<std::optional<Tensor>> NodeContext::Constant(ValueId id) { return ConstantOf(graph_, id); }

Result<std::optional<std::vector<int64_t>>> NodeContext::Integers(size_t i) {
  if (!has(i)) return std::optional<std::vector<int64_t>>();
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> tensor, Constant(in(i)));
  if (!tensor) return Refuse("input " + std::to_string(i) + " is computed from the image; it must be constant");
  if (tensor->dtype == DType::F32) return BadPlan("input " + std::to_string(i) + " must be integers");
  return std::optional(ToI64Vector(*tensor));
}

Result<int64_t> NodeContext::Integer(size_t i) {
  VITRT_ASSIGN_OR_RETURN(const auto values, Integers(i));
  if (!values || values->size() != 1) return BadPlan("input " + std::to_string(i) + " must be one integer");
  return (*values)[0];
}

const Attribute* NodeContext::attribute(const std::string& name) const {
  const auto it = node_.attributes.find(name);
  return it == node_.attributes.end() ? nullptr : &it->second;
}

namespace {

Status WrongKind(const std::string& name) { return BadPlan("attribute '" + name + "' has the wrong type"); }

}  // namespace

Result<int64_t> NodeContext::Int(const std::string& name, std::optional<int64_t> fallback) const {
  const Attribute* a = attribute(name);
  if (!a && fallback) return *fallback;
  if (!a) return BadPlan("attribute '" + name + "' is missing");
  return a->kind == Attribute::Kind::kInt ? Result<int64_t>(a->i) : WrongKind(name);
}

Result<float> NodeContext::Float(const std::string& name, float fallback) const {
  const Attribute* a = attribute(name);
  if (!a) return fallback;
  return a->kind == Attribute::Kind::kFloat ? Result<float>(a->f) : WrongKind(name);
}

Result<std::string> NodeContext::String(const std::string& name, const std::string& fallback) const {
  const Attribute* a = attribute(name);
  if (!a) return fallback;
  return a->kind == Attribute::Kind::kString ? Result<std::string>(a->s) : WrongKind(name);
}

Result<std::optional<std::vector<int64_t>>> NodeContext::Ints(const std::string& name) const {
  const Attribute* a = attribute(name);
  if (!a) return std::optional<std::vector<int64_t>>();
  if (a->kind != Attribute::Kind::kInts) return WrongKind(name);
  return std::optional(a->ints);
}

Result<std::optional<std::vector<float>>> NodeContext::Floats(const std::string& name) const {
  const Attribute* a = attribute(name);
  if (!a) return std::optional<std::vector<float>>();
  if (a->kind != Attribute::Kind::kFloats) return WrongKind(name);
  return std::optional(a->floats);
}

Result<std::optional<std::vector<int64_t>>> NodeContext::IntsOrInput(const std::string& name, int64_t input_since,
                                                                     size_t i) {
  return opset_ < input_since ? Ints(name) : Integers(i);
}

Result<int> NodeContext::Axis(int64_t axis, size_t of_rank) const {
  const int64_t rank = static_cast<int64_t>(of_rank);
  if (axis < -rank || axis >= rank)
    return BadPlan("axis " + std::to_string(axis) + " is outside of rank " + std::to_string(rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Result<std::vector<int32_t>> NodeContext::Axes(const std::vector<int64_t>& axes, size_t of_rank) const {
  std::vector<int32_t> result;
  for (int64_t axis : axes) {
    VITRT_ASSIGN_OR_RETURN(const int at, Axis(axis, of_rank));
    result.push_back(at);
  }
  return result;
}

Result<std::vector<ValueId>> NodeContext::EmitAll(plan::OpUnion op, std::vector<ValueId> inputs,
                                                  const std::optional<ValueType>& declared) {
  const std::string& name = node_.name.empty() && !node_.outputs.empty() ? node_.outputs[0] : node_.name;
  auto types = InferTypes(graph_, op, inputs, declared);
  if (!types.ok()) return types.status();
  VITRT_ASSIGN_OR_RETURN(Node * node, graph_.AppendNode(std::move(op), std::move(inputs), name, declared));
  const std::vector<ValueId> outputs = node->outputs;
  VITRT_RETURN_IF_ERROR(FoldIfShapeLike(graph_));
  return outputs;
}

ValueId NodeContext::Add(Tensor constant) {
  const std::string& name = node_.name.empty() && !node_.outputs.empty() ? node_.outputs[0] : node_.name;
  return graph_.AddConstant(name + "/constant", std::move(constant));
}

ValueId NodeContext::Scalar(DType dtype, double x) { return Add(FromF64Vector({dtype, {}}, {x})); }

Result<ValueId> NodeContext::Scale(ValueId x, double factor) {
  if (factor == 1) return x;
  return Binary(plan::BinaryFn::Mul, x, Scalar(DType::F32, factor));
}

Result<ValueId> NodeContext::Reshape(ValueId x, Shape shape) {
  const ValueType from = type(x);
  if (from.shape == shape) return x;
  return Emit(plan::ReshapeT(), {x}, ValueType{from.dtype, std::move(shape)});
}

Result<ValueId> NodeContext::Transpose(ValueId x, std::vector<int32_t> perm) {
  std::vector<int32_t> identity(type(x).shape.size());
  std::iota(identity.begin(), identity.end(), 0);
  if (perm == identity) return x;
  return Emit(ops::Transpose(std::move(perm)), {x});
}

Result<ValueId> NodeContext::Expand(ValueId x, Shape shape) {
  const ValueType from = type(x);
  if (from.shape == shape) return x;
  return Emit(plan::ExpandT(), {x}, ValueType{from.dtype, std::move(shape)});
}

Result<ValueId> NodeContext::Cast(ValueId x, DType dtype) {
  const ValueType from = type(x);
  if (from.dtype == dtype) return x;
  if (dtype == DType::F32 && IsInputAsIntegers(x)) return graph_.input;
  if (const NarrowIntegers* narrow = Narrow(x); dtype == DType::F32 && narrow != nullptr && narrow->floats != kNoValue)
    return narrow->floats;
  return Emit(plan::CastT(), {x}, ValueType{dtype, from.shape});
}

// The first node of a model that takes bytes makes integers of them; fp32 holds these exactly.
bool NodeContext::IsInputAsIntegers(ValueId x) const {
  if (!graph_.input_bytes || graph_.nodes.empty()) return false;
  const Node& first = *graph_.nodes.front();
  return first.op.type == plan::Op::Cast && first.inputs[0] == graph_.input && first.outputs[0] == x;
}

Result<ValueId> NodeContext::Slice(ValueId x, size_t axis, int64_t begin, int64_t end) {
  const ValueType from = type(x);
  if (begin == 0 && end == from.shape[axis]) return x;
  std::vector<int64_t> starts(from.shape.size(), 0), steps(from.shape.size(), 1);
  starts[axis] = begin;
  Shape shape = from.shape;
  shape[axis] = end - begin;
  return Emit(ops::Slice(std::move(starts), std::move(steps)), {x}, ValueType{from.dtype, std::move(shape)});
}

Status NodeContext::Output(Result<ValueId> id, size_t i) {
  if (!id.ok()) return id.status();
  if (i >= outputs_.size()) return {};
  outputs_[i] = *id;
  return {};
}

}  // namespace vitrt::convert::onnx_import
