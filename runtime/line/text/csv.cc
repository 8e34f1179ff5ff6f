#include "runtime/line/text/csv.h"

#include "runtime/line/text/escape.h"

namespace vitrt::line {

std::string CsvRow(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = NoFormula(Visible(cells[i]));
    if (i > 0) line += ',';
    const bool outer_space = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ');
    if (cell.find_first_of(",\"\r\n") == std::string::npos && !outer_space) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + '\n';
}

}  // namespace vitrt::line
