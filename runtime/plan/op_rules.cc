// CheckStepTypes: the form of the op in a plan, then its outputs against what its type rule makes of the inputs.
#include "runtime/plan/op_rules.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace vitrt::plan {
namespace {

// By Op, without NONE. A plan holds no op of the graph alone: CheckStepTypes is not asked for one.
constexpr Status (*kForms[])(const StepTypes&) = {
#define VITRT_OP(op, ...) CheckForm<Op::op>,
#include "runtime/plan/ops.def"
};

TensorType TypeOf(const ValueType& value) { return {value.dtype, value.dims}; }

// The op table of a step in the form that type rules read.
OpUnion Unpack(const Step& step) {
  OpUnion op;
  op.value = OpUnion::UnPack(step.op(), step.op_type(), nullptr);
  op.type = step.op_type();
  return op;
}

Status CheckOutput(const ValueType& output, const TensorType& expected) {
  if (output.dtype != expected.dtype)
    return BadPlan(std::string("the output is ") + EnumNameDType(output.dtype) + ", not " +
                   EnumNameDType(expected.dtype));
  if (output.dims != expected.shape)
    return BadPlan("the output is " + ToString(output.dims) + ", not " + ToString(expected.shape));
  return {};
}

}  // namespace

bool IsFloat(const ValueType& value) { return value.dtype == DType::F32 && IsPlain(value); }
bool IsPlain(const ValueType& value) { return value.encoding == Encoding::Plain; }

Status CheckPlainInputs(const StepTypes& s, size_t first, size_t end) {
  for (size_t i = first; i < std::min(end, s.inputs.size()); ++i)
    VITRT_RULE(s.inputs[i] == nullptr || IsPlain(s.in(i)), "input " + std::to_string(i) + " has an encoding");
  return {};
}

Status CheckStepTypes(const StepTypes& s) {
  const OpDescriptor& op = DescriptorOf(s.step.op_type());
  VITRT_RULE(op.Computes(s.in(0).dtype), std::string(op.name) + " is not computed on " + EnumNameDType(s.in(0).dtype));
  VITRT_RETURN_IF_ERROR(kForms[static_cast<size_t>(op.op) - 1](s));
  std::vector<std::optional<TensorType>> inputs;
  for (const ValueType* input : s.inputs)
    inputs.push_back(input == nullptr ? std::nullopt : std::optional(TypeOf(*input)));
  VITRT_ASSIGN_OR_RETURN(const Types types, InferOpTypes(Unpack(s.step), inputs, TypeOf(s.out())));
  for (size_t i = 0; i < types.size(); ++i) VITRT_RETURN_IF_ERROR(CheckOutput(s.out(i), types[i]));
  return {};
}

}  // namespace vitrt::plan
