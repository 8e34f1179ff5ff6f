// Readable text of a plan's tables, one line per storage, value and step: for people, `vitrt inspect` and tests.
#pragma once

#include <string>

#include "runtime/plan/plan_generated.h"

namespace vitrt::plan {

// `plan` has passed ValidatePlan. The same plan always gives the same text.
std::string DumpPlan(const Plan& plan);

// Attributes of a step's op as "name=value ..." without defaults; "" if it has none.
std::string OpAttributes(const Step& step);

// "F32[1, 197, 192]"
std::string TypeText(const Value& value);

}  // namespace vitrt::plan
