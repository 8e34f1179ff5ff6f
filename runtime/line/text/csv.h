// Comma-separated values (RFC 4180).
#pragma once

#include <string>
#include <vector>

namespace vitrt::line {

// Cells with a comma, a quote, a line break or outer spaces are quoted; the line ends with \n.
std::string CsvRow(const std::vector<std::string>& cells);

}  // namespace vitrt::line
