// What vitrt-convert says at the end: text for people, JSON for programs.
#pragma once

#include <string>

#include "converters/cli/convert.h"

namespace vitrt::convert {

std::string ToText(const ConvertOptions& options, const ConvertReport& report, bool verbose);
std::string ToJson(const ConvertOptions& options, const ConvertReport& report);

}  // namespace vitrt::convert
