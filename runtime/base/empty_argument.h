// `vitrt infer PLAN IMAGE --exit "$EXIT"` with an empty variable: an empty part of a command line means nothing anywhere, and
// must not be taken for an option that was left out.
#pragma once

#include <span>
#include <string>

#include "vitrt/status.h"

namespace vitrt {

// arguments: without the program's name. Errors: kInvalidArgument, naming the option: an argument is empty, or is
// "--option=" (which the parser would give the next argument as its value). What follows "--" are names.
Status CheckNoneEmpty(std::span<const std::string> arguments);

}  // namespace vitrt
