// Metrics in the text format of Prometheus (exposition format 0.0.4), from several sources: every family
// appears once, with the samples of all sources.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace vitrt::audit {

// Labels of a sample: names, and values that may hold anything.
using Labels = std::vector<std::pair<std::string, std::string>>;

class PrometheusText {
 public:
  // Samples from now on begin with these labels.
  void Begin(const Labels& labels) { common_ = labels; }
  // Begins or continues a family; samples that follow belong to it. type: "counter", "gauge" or "histogram".
  void Family(const std::string& name, const char* type, const char* help);

  void Sample(const Labels& labels, double value);
  void Sample(const Labels& labels, int64_t value);
  // bounds.size() + 1 counts, the last above all bounds.
  void Histogram(const Labels& labels, std::span<const double> bounds, std::span<const int64_t> counts, double sum);

  // Families in the order in which they began.
  std::string Text() const;

 private:
  void Line(const char* suffix, const Labels& labels, const std::string& value);

  struct Entry {
    std::string name, text;
  };
  Labels common_;
  std::vector<Entry> families_;
  size_t current_ = 0;
};

}  // namespace vitrt::audit
