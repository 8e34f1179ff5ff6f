// The folder for state that must survive a restart.
#pragma once

#include <string>

#include "vitrt/status.h"

namespace vitrt::line {

// The path of `name` in the state folder of the user or service: STATE_DIRECTORY, XDG_STATE_HOME or HOME/.local/state.
// Makes missing parent folders. Errors: kInvalidArgument (none of the three is set; `option` takes a path instead),
// kInternal.
Result<std::string> StatePath(const std::string& name, const std::string& option);

}  // namespace vitrt::line
