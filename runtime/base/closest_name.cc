#include "runtime/base/closest_name.h"

#include <algorithm>
#include <vector>

namespace vitrt {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

int EditDistance(std::string_view a, std::string_view b) {
  // Row i of the table of distances from the first i letters of a to each prefix of b; the two rows before are kept.
  std::vector<int> older(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    older.swap(above);
    above.swap(row);
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = Lower(a[i - 1]) == Lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) && Lower(a[i - 2]) == Lower(b[j - 1]))
        row[j] = std::min(row[j], older[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string ClosestName(std::string_view typed, std::span<const std::string> known) {
  constexpr size_t kLongest = 256;  // longer ones are no typing error, and the table would only take time
  if (typed.empty() || typed.size() > kLongest) return {};
  std::string closest;
  int nearest = static_cast<int>(std::max<size_t>(1, typed.size() / 3)) + 1;
  for (const std::string& name : known) {
    if (name.size() > kLongest) continue;
    if (name == typed) return {};
    const int distance = EditDistance(typed, name);
    if (distance >= nearest || distance >= static_cast<int>(name.size())) continue;
    nearest = distance;
    closest = name;
  }
  return closest;
}

std::string DidYouMean(std::string_view typed, std::span<const std::string> known) {
  const std::string closest = ClosestName(typed, known);
  return closest.empty() ? std::string() : "did you mean '" + closest + "'? ";
}

}  // namespace vitrt
