// Which class is the good one: that of a part without defect.
#pragma once

#include <optional>
#include <string>

#include "vitrt/engine.h"
#include "vitrt/status.h"

namespace vitrt::line {

// The class that --good names, by its label; where nothing is named (""), the first class called good, ok, none, free
// or normal in any case, or nullopt where there is none. Errors: kInvalidArgument, with the labels there are.
Result<std::optional<int>> GoodClass(const std::string& named, const PlanInfo& info);

}  // namespace vitrt::line
