// Rows of text in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace vitrt::line {

class TextTable {
 public:
  // One character a column: 'l' or 'r'.
  explicit TextTable(std::string alignment) : alignment_(std::move(alignment)) {}

  void Add(std::vector<std::string> cells);  // as many as columns; control characters are shown (escape.h)
  bool empty() const { return rows_.empty(); }
  // Every line starts with `indent` spaces and has none at its end.
  std::string Text(int indent = 0) const;

 private:
  std::string alignment_;
  std::vector<std::vector<std::string>> rows_;
};

// Code points, which is what a terminal shows for the text that plans and paths hold.
size_t DisplayWidth(const std::string& text);

std::string Fixed(double value, int decimals);  // "12.34"
std::string Scaled(double value);               // "612 M", "1.26 G": three digits and a decimal prefix
std::string Megabytes(double bytes);            // "22.9 MB" (10^6 bytes), "4.1 kB"

}  // namespace vitrt::line
