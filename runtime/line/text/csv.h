// Comma-separated values (RFC 4180).
#pragma once

#include <string>
#include <vector>

namespace vitrt::line {

// Cells with a comma, a quote or outer spaces are quoted; control characters are shown and formulas made harmless
// (escape.h), so that a row is one line, which ends with \n.
std::string CsvRow(const std::vector<std::string>& cells);

}  // namespace vitrt::line
