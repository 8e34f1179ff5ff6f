#include "runtime/line/monitor/charts.h"

#include <cstdio>
#include <functional>
#include <string>

namespace vitrt::monitor {
namespace {

constexpr char kOrder[] = "predictions, in the order of the log";
constexpr int kHeight = 300;

std::string Format(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

chart::Series Bars(const std::string& name, const std::vector<double>& shares) {
  chart::Series s{.name = name, .bars = true};
  for (const double share : shares) s.y.push_back(100 * share);
  return s;
}

// One point a block, at its end.
chart::Series OverTime(const Findings& f, const std::string& name, const std::function<double(const Block&)>& value) {
  chart::Series s{.name = name};
  double at = 0;
  for (const Block& block : f.blocks) {
    at += static_cast<double>(block.predictions);
    s.x.push_back(at);
    s.y.push_back(value(block));
    s.notes.push_back("from " + block.first_time);
  }
  return s;
}

// Shares of a block that sum to 100 %.
chart::Chart ShareChart(const std::string& title, std::vector<chart::Series> series) {
  return {.title = title,
          .x_label = kOrder,
          .y_label = "% of a block",
          .series = std::move(series),
          .height = kHeight,
          .y_low = 0,
          .y_high = 100};
}

chart::Chart ValueChart(const std::string& title, const std::string& unit, std::vector<chart::Series> series) {
  return {.title = title, .x_label = kOrder, .y_label = unit, .series = std::move(series), .height = kHeight};
}

// Means of blocks, and the reference's mean as a level.
chart::Chart InputOverTime(const Findings& f, const std::string& what, const Distribution& distribution,
                           double Block::*mean) {
  std::vector<chart::Series> series = {OverTime(f, "now", [&](const Block& b) { return b.*mean; })};
  if (distribution.reference_mean) {
    series.push_back({.name = "mean of the reference",
                      .x = {0, static_cast<double>(f.predictions)},
                      .y = {*distribution.reference_mean, *distribution.reference_mean},
                      .marks = false});
  }
  return ValueChart("Mean " + what, what, series);
}

chart::Chart DistributionChart(const std::string& title, const std::string& what, const Distribution& distribution) {
  chart::Chart chart{.title = title, .x_label = what, .y_label = "% of the predictions", .height = kHeight};
  for (int b = 0; b < kDistributionBins; ++b) chart.x_names.push_back(Format("%.3g", distribution.middle(b)));
  chart.series.push_back(Bars("now", distribution.now));
  if (!distribution.reference.empty()) chart.series.push_back(Bars("reference", distribution.reference));
  return chart;
}

std::string NameOf(const ClassShare& c) { return c.label.empty() ? "no decision" : c.label; }

}  // namespace

std::vector<chart::Chart> ClassCharts(const Findings& f) {
  chart::Chart all{
      .title = "Predicted classes", .x_label = "class", .y_label = "% of the predictions", .height = kHeight};
  std::vector<double> now, reference;
  std::vector<chart::Series> lines;
  for (size_t c = 0; c < f.classes.size(); ++c) {
    all.x_names.push_back(NameOf(f.classes[c]));
    now.push_back(f.classes[c].now);
    if (f.classes[c].reference) reference.push_back(*f.classes[c].reference);
    lines.push_back(OverTime(f, NameOf(f.classes[c]), [&](const Block& b) { return 100 * b.class_share[c]; }));
  }
  all.series.push_back(Bars("now", now));
  if (!reference.empty()) all.series.push_back(Bars("reference", reference));
  return {all, ShareChart("Classes over time", lines)};
}

std::vector<chart::Chart> ConfidenceCharts(const Findings& f) {
  std::vector<chart::Chart> charts;
  for (const ExitFindings& exit : f.exits) {
    if (exit.share.empty()) continue;
    chart::Chart chart{.title = "Confidence of predictions at exit " + exit.name,
                       .x_label = "confidence",
                       .y_label = "% of them",
                       .height = kHeight};
    for (int b = 0; b < kConfidenceBins; ++b) chart.x_names.push_back(Format("%.2f", (b + 0.5) / kConfidenceBins));
    chart.series.push_back(Bars("now", exit.share));
    if (!exit.reference_share.empty()) chart.series.push_back(Bars("reference", exit.reference_share));
    charts.push_back(chart);
  }
  return charts;
}

std::vector<chart::Chart> InputCharts(const Findings& f) {
  return {DistributionChart("Brightness", "mean of the model's input", f.brightness),
          DistributionChart("Contrast", "standard deviation of the model's input", f.contrast)};
}

std::vector<chart::Chart> TimeCharts(const Findings& f) {
  std::vector<chart::Series> exits;
  for (size_t k = 0; k < f.exits.size(); ++k)
    exits.push_back(OverTime(f, f.exits[k].name, [&](const Block& b) { return 100 * b.exit_share[k]; }));
  const std::string only = f.exits.size() == 1 ? ": all at " + f.exits[0].name : "";
  return {ShareChart("Exits taken" + only, exits),
          ValueChart("Mean confidence", "confidence",
                     {OverTime(f, "mean confidence", [](const Block& b) { return b.mean_confidence; })}),
          InputOverTime(f, "brightness", f.brightness, &Block::brightness),
          InputOverTime(f, "contrast", f.contrast, &Block::contrast),
          ValueChart("Latency", "ms",
                     {OverTime(f, "median", [](const Block& b) { return b.p50_ms; }),
                      OverTime(f, "95th percentile", [](const Block& b) { return b.p95_ms; })})};
}

}  // namespace vitrt::monitor
