#include "runtime/line/text/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "runtime/line/text/escape.h"

namespace vitrt::line {

size_t DisplayWidth(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void TextTable::Add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = Visible(cell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::Text(int indent) const {
  std::vector<size_t> widths(alignment_.size());
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], DisplayWidth(row[c]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line(static_cast<size_t>(indent), ' ');
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - DisplayWidth(row[c]), ' ');
      line += (c == 0 ? "" : "  ") + (alignment_[c] == 'r' ? space + row[c] : row[c] + space);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string Fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

namespace {

std::string WithPrefix(double value, const char* const prefixes[], const char* unit) {
  int prefix = 0;
  for (; std::fabs(value) >= 999.5 && prefix < 4; ++prefix) value /= 1000;
  const int decimals = prefix == 0 ? 0 : std::fabs(value) < 9.995 ? 2 : std::fabs(value) < 99.95 ? 1 : 0;
  return Fixed(value, decimals) + " " + prefixes[prefix] + unit;
}

}  // namespace

std::string Scaled(double value) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T"};
  return WithPrefix(value, kPrefixes, "");
}

std::string Megabytes(double bytes) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T"};
  return WithPrefix(bytes, kPrefixes, "B");
}

}  // namespace vitrt::line
