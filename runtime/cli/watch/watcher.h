// The loop of `vitrt watch`.
#pragma once

#include "runtime/cli/watch/options.h"

namespace vitrt::cli {

// Until SIGINT or SIGTERM; with `once`, until every file of the folders is classified. The exit code: 4 if `once` met
// files that could not be classified.
Result<int> Watch(const WatchOptions& options);

}  // namespace vitrt::cli
