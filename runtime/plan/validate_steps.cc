// Steps: arity, indices, the rule of each op, and that nothing is read before it is written.
#include "runtime/base/check.h"
#include "runtime/plan/byte_ranges.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

uint64_t End(const ValueType& value) { return value.offset + value.bytes; }

bool Overlap(const ValueType& a, const ValueType& b) {
  return a.storage == b.storage && a.offset < End(b) && b.offset < End(a);
}

bool SameBytes(const ValueType& a, const ValueType& b) {
  return a.storage == b.storage && a.offset == b.offset && a.bytes == b.bytes;
}

Result<StepTypes> Resolve(const Step& step, const std::vector<ValueType>& values) {
  StepTypes types{step, {}, {}};
  const OpDescriptor& op = DescriptorOf(step.op_type());
  const auto count = [](const auto* list) { return list == nullptr ? 0 : static_cast<int>(list->size()); };
  VITRT_RULE(op.TakesInputs(count(step.inputs())), "wrong number of inputs");
  VITRT_RULE(count(step.outputs()) == op.outputs, "wrong number of outputs");
  for (int i = 0; i < count(step.inputs()); ++i) {
    const int32_t id = step.inputs()->Get(i);
    VITRT_RULE(id >= -1 && id < static_cast<int64_t>(values.size()), "an input is no value");
    VITRT_RULE(id >= 0 || !op.RequiresInput(i), "a required input is absent");
    types.inputs.push_back(id < 0 ? nullptr : &values[id]);
  }
  for (int32_t id : *step.outputs()) {
    VITRT_RULE(id >= 0 && id < static_cast<int64_t>(values.size()), "an output is no value");
    VITRT_RULE(!values[id].constant, "an output is a constant");
    types.outputs.push_back(&values[id]);
  }
  return types;
}

Status CheckOverwriting(const StepTypes& s) {
  const OpDescriptor& op = DescriptorOf(s.step.op_type());
  VITRT_RULE(s.outputs.size() < 2 || !Overlap(s.out(0), s.out(1)), "the outputs overlap");
  for (size_t o = 0; o < s.outputs.size(); ++o) {
    for (size_t i = 0; i < s.inputs.size(); ++i) {
      if (s.inputs[i] == nullptr || !Overlap(s.out(o), s.in(i))) continue;
      const bool may_replace = o == 0 && op.InPlace(i);
      VITRT_RULE(may_replace && SameBytes(s.out(o), s.in(i)), "the output overwrites input " + std::to_string(i));
    }
  }
  return {};
}

class WrittenBytes {
 public:
  explicit WrittenBytes(uint32_t storages) : ranges_(storages) {}
  void Write(const ValueType& value) { ranges_[value.storage].Add(value.offset, End(value)); }
  bool Holds(const ValueType& value) const {
    return value.constant || ranges_[value.storage].Contains(value.offset, End(value));
  }

 private:
  std::vector<ByteRanges> ranges_;
};

Status CheckStep(const Step& step, const std::vector<ValueType>& values, WrittenBytes& written) {
  auto resolved = Resolve(step, values);
  if (!resolved.ok()) return resolved.status();
  const StepTypes& types = *resolved;
  for (size_t i = 0; i < types.inputs.size(); ++i) {
    VITRT_RULE(types.inputs[i] == nullptr || written.Holds(types.in(i)),
               "reads input " + std::to_string(i) + " before it is written");
  }
  VITRT_RETURN_IF_ERROR(CheckStepTypes(types));
  VITRT_RETURN_IF_ERROR(CheckOverwriting(types));
  for (const ValueType* output : types.outputs) written.Write(*output);
  return {};
}

}  // namespace

Status ValidateSteps(const Plan& plan, const std::vector<ValueType>& values) {
  VITRT_RULE(plan.input() < values.size() && !values[plan.input()].constant, "the input is no activation");
  const ValueType& input = values[plan.input()];
  VITRT_RULE(IsFloat(input) && input.rank() == 4 && input.dims[0] == 1,
             "the input is not an fp32 image [1, ...] of rank 4");

  WrittenBytes written(plan.storages()->size());
  written.Write(input);
  for (uint32_t i = 0; i < plan.steps()->size(); ++i) {
    const Step& step = *plan.steps()->Get(i);
    if (!IsKnown(step.op_type()) || step.op() == nullptr || !DescriptorOf(step.op_type()).in_plan) {
      return BadPlan("an op this vitrt does not know", "step " + std::to_string(i));
    }
    Status status = CheckStep(step, values, written);
    if (!status.ok()) return std::move(status).Within(StepName(plan, i));
  }
  const auto holds = [&](uint32_t id) { return id < values.size() && written.Holds(values[id]); };
  for (const auto& exit : ListOf(plan.exits()))
    VITRT_RULE(holds(exit->value()), "the logits of an exit are never written");
  for (const auto& output : ListOf(plan.outputs())) VITRT_RULE(holds(output->value()), "an output is never written");
  return {};
}

}  // namespace vitrt::plan
