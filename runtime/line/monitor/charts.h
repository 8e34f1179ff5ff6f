// The charts of the page.
#pragma once

#include <vector>

#include "runtime/line/chart/chart.h"
#include "runtime/line/monitor/findings.h"

namespace vitrt::monitor {

std::vector<chart::Chart> ClassCharts(const Findings& findings);       // shares, over all and over time
std::vector<chart::Chart> ConfidenceCharts(const Findings& findings);  // of each exit taken
std::vector<chart::Chart> InputCharts(const Findings& findings);       // distributions of brightness and contrast
std::vector<chart::Chart> TimeCharts(const Findings& findings);  // exits, confidence, brightness, contrast, latency

}  // namespace vitrt::monitor
