#include "runtime/plan/validate.h"

#include "runtime/base/check.h"
#include "runtime/plan/features.h"

namespace vitrt::plan {

std::string StepName(const Plan& plan, uint32_t step) {
  const Step* s = plan.steps()->Get(step);
  std::string text = "step " + std::to_string(step) + " " + EnumNameOp(s->op_type());
  if (s->name() != nullptr && s->name()->size() > 0) text += " '" + s->name()->str() + "'";
  return text;
}

Status ValidatePlan(const Plan& plan, uint64_t weight_bytes) {
  VITRT_ASSIGN_OR_RETURN(const std::vector<ValueType> values, ValidateValues(plan, weight_bytes));
  VITRT_RETURN_IF_ERROR(ValidateSteps(plan, values));
  VITRT_RETURN_IF_ERROR(ValidateSegments(plan, values));
  VITRT_RETURN_IF_ERROR(ValidateMemory(plan, values));
  VITRT_RETURN_IF_ERROR(ValidateProperties(plan, values));
  return ValidateFeatures(plan);
}

}  // namespace vitrt::plan
