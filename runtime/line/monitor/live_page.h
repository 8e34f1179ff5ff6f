// The promise on the monitor's page: result and charts of the live test.
#pragma once

#include <string>

#include "runtime/line/monitor/findings.h"

namespace vitrt::monitor {

std::string LiveVerdict(const Findings& findings);  // a paragraph; "" where nothing is promised
std::string LiveSection(const Findings& findings);  // capital and confidence sequence over the shadow sample

}  // namespace vitrt::monitor
