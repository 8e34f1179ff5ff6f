#include "runtime/line/chart/matrix.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace vitrt::chart {
namespace {

constexpr double kTitle = 44, kLabel = 24, kCellHeight = 24, kLetter = 7.2, kLeast = 36;
constexpr double kDark = 0.55;  // of a row in a part, from which on its count is white

std::string Pixel(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", v);
  return text;
}

std::string Text(double x, double y, const std::string& text, const char* anchor, const std::string& extra = {}) {
  return "<text x='" + Pixel(x) + "' y='" + Pixel(y) + "' text-anchor='" + anchor + "' " + extra + ">" + Escape(text) +
         "</text>\n";
}

double WidthOf(const std::vector<std::string>& names) {
  size_t longest = 0;
  for (const std::string& name : names) longest = std::max(longest, name.size());
  return kLetter * static_cast<double>(longest) + 12;
}

}  // namespace

DrawnMatrix Draw(const Matrix& m, double top) {
  const double left = kLabel + WidthOf(m.y_names), cell = std::max(kLeast, WidthOf(m.x_names));
  const double first = top + kTitle + 2 * kLabel;
  const auto columns = static_cast<double>(m.x_names.size()), rows = static_cast<double>(m.y_names.size());
  DrawnMatrix drawn{.svg = {},
                    .width = static_cast<int>(std::max(left + columns * cell + kLabel, 300.0)),
                    .height = kTitle + 2 * kLabel + rows * kCellHeight + 2 * kLabel};
  drawn.svg += Text(drawn.width / 2.0, top + 22, m.title, "middle", "font-weight='bold'");
  drawn.svg += Text(left + columns * cell / 2, top + kTitle + 6, m.x_label, "middle");
  const double middle = first + rows * kCellHeight / 2;
  drawn.svg += Text(16, middle, m.y_label, "middle", "transform='rotate(-90 16 " + Pixel(middle) + ")'");
  for (size_t c = 0; c < m.x_names.size(); ++c)
    drawn.svg += Text(left + (static_cast<double>(c) + 0.5) * cell, first - 8, m.x_names[c], "middle");
  for (size_t r = 0; r < m.y_names.size(); ++r) {
    const double y = first + static_cast<double>(r) * kCellHeight;
    const auto row = static_cast<double>(std::accumulate(m.cell[r].begin(), m.cell[r].end(), int64_t{0}));
    drawn.svg += Text(left - 8, y + 16, m.y_names[r], "end");
    for (size_t c = 0; c < m.x_names.size(); ++c) {
      const double x = left + static_cast<double>(c) * cell,
                   part = row > 0 ? static_cast<double>(m.cell[r][c]) / row : 0;
      const char* colour = m.x_names[c] == m.y_names[r] ? "#3a8f45" : "#b0272f";
      drawn.svg += "<rect x='" + Pixel(x) + "' y='" + Pixel(y) + "' width='" + Pixel(cell) + "' height='" +
                   Pixel(kCellHeight) + "' stroke='#ddd' fill='" + colour + "' fill-opacity='" +
                   Pixel(std::min(1.0, part > 0 ? 0.1 + part : 0)) + "'/>\n";
      if (m.cell[r][c] > 0)
        drawn.svg +=
            Text(x + cell / 2, y + 16, std::to_string(m.cell[r][c]), "middle", part > kDark ? "fill='white'" : "");
    }
  }
  return drawn;
}

}  // namespace vitrt::chart
