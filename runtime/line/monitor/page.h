// Findings as one self-contained HTML page: no script, no font, no network.
#pragma once

#include <string>

#include "runtime/line/monitor/findings.h"

namespace vitrt::monitor {

// `log` and `reference` are the files' names, for the heading; reference "": none.
std::string Page(const Findings& findings, const std::string& log, const std::string& reference);

}  // namespace vitrt::monitor
