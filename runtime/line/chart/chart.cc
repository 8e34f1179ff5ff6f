#include "runtime/line/chart/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "runtime/line/chart/matrix.h"

namespace vitrt::chart {
namespace {

constexpr const char* kColours[] = {"#1f6fb4", "#d1622b", "#3a8f45", "#8d5aa8", "#b0272f", "#6b6b6b"};
constexpr double kLeft = 72, kRight = 24, kTop = 44, kBottom = 68, kLegendRow = 18;
constexpr double kDigit = 6.2;  // width of one in the small print above bars

std::string Number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

// Three significant digits.
std::string Short(double v) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(v) >= 1000 ? "%.0f" : "%.3g", v);
  return text;
}

std::string Pixel(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", v);
  return text;
}

struct Range {
  double low = INFINITY, high = -INFINITY;
  void Include(double v) {
    if (!std::isfinite(v)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  void Close() {
    if (!(low <= high)) low = 0, high = 1;
    if (low == high) low -= 0.5, high += 0.5;
  }
};

class Drawing {
 public:
  Drawing(const Chart& chart, double top) : chart_(chart), top_(top) {
    for (const Series& s : chart.series) {
      for (double v : s.x) x_.Include(v);
      for (double v : s.y) y_.Include(v);
      if (s.bars) y_.Include(0), bars_ += 1;
    }
    for (const auto& end : {chart.y_low, chart.y_high}) {
      if (end) y_.Include(*end);
    }
    if (!chart.x_names.empty()) x_.low = -0.5, x_.high = static_cast<double>(chart.x_names.size()) - 0.5;
    x_.Close();
    y_.Close();
    if (chart.x_names.empty()) Widen(&x_);
    Widen(&y_);
    bottom_ = top + chart.height - kBottom - (chart.series.size() > 1 ? kLegendRow : 0);
  }

  std::string Draw() {
    Text(chart_.width / 2.0, top_ + 22, chart_.title, "middle", "font-weight='bold'");
    Axes();
    int bar = 0;
    for (size_t i = 0; i < chart_.series.size(); ++i)
      DrawSeries(chart_.series[i], kColours[i % std::size(kColours)], &bar);
    if (chart_.series.size() > 1) Legend();
    return std::move(out_);
  }

 private:
  static void Widen(Range* r) {
    const std::vector<double> ticks = Ticks(r->low, r->high, 6);
    r->low = std::min(r->low, ticks.front());
    r->high = std::max(r->high, ticks.back());
  }
  double X(double v) const { return kLeft + (v - x_.low) / (x_.high - x_.low) * (chart_.width - kLeft - kRight); }
  double Y(double v) const { return bottom_ - (v - y_.low) / (y_.high - y_.low) * (bottom_ - top_ - kTop); }

  void Text(double x, double y, const std::string& text, const char* anchor, const std::string& extra = {}) {
    out_ += "<text x='" + Pixel(x) + "' y='" + Pixel(y) + "' text-anchor='" + anchor + "' " + extra + ">" +
            Escape(text) + "</text>\n";
  }
  void Line(double x1, double y1, double x2, double y2, const char* colour) {
    out_ += "<line x1='" + Pixel(x1) + "' y1='" + Pixel(y1) + "' x2='" + Pixel(x2) + "' y2='" + Pixel(y2) +
            "' stroke='" + colour + "'/>\n";
  }

  void Axes() {
    for (double t : Ticks(y_.low, y_.high, 6)) {
      Line(kLeft, Y(t), chart_.width - kRight, Y(t), "#e3e3e3");
      Text(kLeft - 8, Y(t) + 4, Number(t), "end");
    }
    if (chart_.x_names.empty()) {
      for (double t : Ticks(x_.low, x_.high, 6)) {
        Line(X(t), bottom_, X(t), bottom_ + 5, "#333");
        Text(X(t), bottom_ + 20, Number(t), "middle");
      }
    } else {
      const size_t every = (chart_.x_names.size() + 11) / 12;
      for (size_t i = 0; i < chart_.x_names.size(); i += every)
        Text(X(static_cast<double>(i)), bottom_ + 20, chart_.x_names[i], "middle");
    }
    Line(kLeft, bottom_, chart_.width - kRight, bottom_, "#333");
    Line(kLeft, top_ + kTop, kLeft, bottom_, "#333");
    Text(kLeft + (chart_.width - kLeft - kRight) / 2, bottom_ + 42, chart_.x_label, "middle");
    const double middle = (top_ + kTop + bottom_) / 2;
    Text(18, middle, chart_.y_label, "middle", "transform='rotate(-90 18 " + Pixel(middle) + ")'");
  }

  void DrawSeries(const Series& s, const char* colour, int* bar) {
    const size_t n = std::min(s.y.size(), s.bars && !chart_.x_names.empty() ? chart_.x_names.size() : s.x.size());
    if (s.bars) {
      const double slot =
          chart_.x_names.empty() ? 0.8 * (X(x_.high) - X(x_.low)) / std::max<size_t>(n, 1) : 0.8 * (X(1) - X(0));
      const double width = slot / bars_;
      size_t digits = 0;
      for (double v : s.y) digits = std::max(digits, Short(v).size());
      const bool values_fit = !chart_.x_names.empty() && kDigit * static_cast<double>(digits) <= width;
      for (size_t i = 0; i < n; ++i) {
        if (!std::isfinite(s.y[i])) continue;
        const double centre = X(chart_.x_names.empty() ? s.x[i] : static_cast<double>(i));
        const double x = centre - slot / 2 + *bar * width, y = Y(std::max(s.y[i], 0.0));
        out_ += "<rect x='" + Pixel(x) + "' y='" + Pixel(y) + "' width='" + Pixel(width * 0.94) + "' height='" +
                Pixel(Y(0) - y) + "' fill='" + colour + "'>" + Note(s, i) + "</rect>\n";
        if (values_fit && s.y[i] != 0) Text(x + width * 0.47, y - 4, Short(s.y[i]), "middle", "font-size='11'");
      }
      ++*bar;
      return;
    }
    if (s.line) {
      std::string points;
      const auto flush = [&] {
        if (!points.empty())
          out_ +=
              "<polyline fill='none' stroke='" + std::string(colour) + "' stroke-width='2' points='" + points + "'/>\n";
        points.clear();
      };
      for (size_t i = 0; i < n; ++i) {
        if (std::isfinite(s.x[i]) && std::isfinite(s.y[i]))
          points += Pixel(X(s.x[i])) + "," + Pixel(Y(s.y[i])) + " ";
        else
          flush();
      }
      flush();
    }
    for (size_t i = 0; s.marks && i < n; ++i) {
      if (!std::isfinite(s.x[i]) || !std::isfinite(s.y[i])) continue;
      const std::string look = s.rings ? "r='8' fill='none' stroke-width='2' stroke='" : "r='4' fill='";
      out_ += "<circle cx='" + Pixel(X(s.x[i])) + "' cy='" + Pixel(Y(s.y[i])) + "' " + look + colour + "'>" +
              Note(s, i) + "</circle>\n";
    }
  }

  static std::string Note(const Series& s, size_t i) {
    if (i < s.notes.size()) return "<title>" + Escape(s.notes[i]) + "</title>";
    return s.bars ? "<title>" + Escape(s.name) + ": " + Short(s.y[i]) + "</title>" : std::string();
  }

  void Legend() {
    double x = kLeft;
    const double y = top_ + chart_.height - 20;
    for (size_t i = 0; i < chart_.series.size(); ++i) {
      out_ += "<rect x='" + Pixel(x) + "' y='" + Pixel(y - 10) + "' width='12' height='12' fill='" +
              std::string(kColours[i % std::size(kColours)]) + "'/>\n";
      Text(x + 18, y, chart_.series[i].name, "start");
      x += 40 + 7.2 * static_cast<double>(chart_.series[i].name.size());
    }
  }

  const Chart& chart_;
  double top_, bottom_ = 0;
  Range x_, y_;
  int bars_ = 0;
  std::string out_;
};

}  // namespace

std::string Escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::vector<double> Ticks(double low, double high, int count) {
  if (!(high > low)) return {low};
  const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double m : {1.0, 2.0, 5.0}) {
    if (m * power >= rough * 0.999) {
      step = m * power;
      break;
    }
  }
  std::vector<double> ticks;
  const auto first = static_cast<int64_t>(std::floor(low / step + 1e-9)),
             last = static_cast<int64_t>(std::ceil(high / step - 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string ToSvg(const std::vector<Chart>& charts, const std::vector<Matrix>& matrices) {
  int width = 0;
  double height = 0;
  std::string body;
  for (const Chart& c : charts) {
    body += Drawing(c, height).Draw();
    width = std::max(width, c.width);
    height += c.height;
  }
  for (const Matrix& m : matrices) {
    const DrawnMatrix drawn = Draw(m, height);
    body += drawn.svg;
    width = std::max(width, drawn.width);
    height += drawn.height;
  }
  return "<svg xmlns='http://www.w3.org/2000/svg' width='" + std::to_string(width) + "' height='" + Pixel(height) +
         "' viewBox='0 0 " + std::to_string(width) + " " + Pixel(height) +
         "' font-family='Helvetica, Arial, sans-serif' font-size='13'>\n<rect width='100%' height='100%' "
         "fill='white'/>\n" +
         body + "</svg>\n";
}

}  // namespace vitrt::chart
