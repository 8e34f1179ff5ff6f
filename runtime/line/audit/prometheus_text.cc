#include "runtime/line/audit/prometheus_text.h"

#include <algorithm>
#include <cstdio>

namespace vitrt::audit {
namespace {

// A label's value: backslash, quote and line feed are escaped.
std::string Quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace

void PrometheusText::Family(const std::string& name, const char* type, const char* help) {
  const auto found = std::find_if(families_.begin(), families_.end(), [&](const Entry& e) { return e.name == name; });
  current_ = static_cast<size_t>(found - families_.begin());
  if (found != families_.end()) return;
  families_.push_back({name, "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n"});
}

void PrometheusText::Line(const char* suffix, const Labels& labels, const std::string& value) {
  Entry& family = families_[current_];
  family.text += family.name + suffix;
  Labels all = common_;
  all.insert(all.end(), labels.begin(), labels.end());
  for (size_t i = 0; i < all.size(); ++i) {
    family.text += (i == 0 ? "{" : ",") + all[i].first + "=" + Quoted(all[i].second);
  }
  family.text += (all.empty() ? " " : "} ") + value + "\n";
}

void PrometheusText::Sample(const Labels& labels, double value) { Line("", labels, Number(value)); }

void PrometheusText::Sample(const Labels& labels, int64_t value) { Line("", labels, std::to_string(value)); }

void PrometheusText::Histogram(const Labels& labels, std::span<const double> bounds, std::span<const int64_t> counts,
                               double sum) {
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  int64_t below = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    with_bound.back().second = i < bounds.size() ? Number(bounds[i]) : "+Inf";
    Line("_bucket", with_bound, std::to_string(below));
  }
  Line("_sum", labels, Number(sum));
  Line("_count", labels, std::to_string(below));
}

std::string PrometheusText::Text() const {
  std::string text;
  for (const Entry& family : families_) text += family.text;
  return text;
}

}  // namespace vitrt::audit
