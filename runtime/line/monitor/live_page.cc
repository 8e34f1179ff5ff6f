#include "runtime/line/monitor/live_page.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "runtime/line/chart/chart.h"

namespace vitrt::monitor {
namespace {

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", 100 * share);
  return text;
}

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

// A straight line across the picture.
chart::Series Level(const std::string& name, const LiveFindings& live, double y) {
  return {.name = name, .x = {0, static_cast<double>(live.samples)}, .y = {y, y}, .marks = false};
}

chart::Chart CapitalChart(const LiveFindings& live) {
  chart::Chart chart{.title = "Capital of the bets against the promise",
                     .x_label = "images that were also run to the last exit",
                     .y_label = "capital, powers of ten",
                     .height = 300};
  chart::Series capital{.name = "capital", .marks = false};
  for (const LivePoint& point : live.points) {
    capital.x.push_back(static_cast<double>(point.sample));
    capital.y.push_back(std::log10(std::max(point.capital, 1e-6)));
  }
  chart.series = {capital, Level("alarm", live, -std::log10(live.level))};
  if (live.alarm()) {
    chart::Series alarm{.name = "alarmed here", .line = false, .rings = true};
    for (const LivePoint& point : live.points) {
      if (point.sample != live.alarm_at) continue;
      alarm.x.push_back(static_cast<double>(point.sample));
      alarm.y.push_back(std::log10(point.capital));
      alarm.notes.push_back(live.alarm_time);
    }
    chart.series.push_back(alarm);
  }
  return chart;
}

chart::Chart RateChart(const LiveFindings& live) {
  chart::Chart chart{.title = "Disagreement with the last exit, and what it can be",
                     .x_label = "images that were also run to the last exit",
                     .y_label = "of the predictions, %",
                     .height = 300};
  chart::Series rate{.name = "seen so far", .marks = false}, low{.name = "at least", .marks = false},
      high{.name = "at most", .marks = false};
  // The bounds of the first images are left out: they are wide and would flatten the others.
  const double most = std::min(1.0, std::max(4 * live.promised, 3 * live.interval.high));
  for (const LivePoint& point : live.points) {
    if (point.interval.high > most) continue;
    for (chart::Series* s : {&rate, &low, &high}) s->x.push_back(static_cast<double>(point.sample));
    rate.y.push_back(100 * point.rate);
    low.y.push_back(100 * point.interval.low);
    high.y.push_back(100 * point.interval.high);
  }
  chart.series = {rate, low, high, Level("promised", live, 100 * live.promised)};
  return chart;
}

}  // namespace

std::string LiveVerdict(const Findings& f) {
  if (!f.live) return {};
  const LiveFindings& live = *f.live;
  const std::string meaning = " A promise that is kept ever raises this alarm with a chance of at most " +
                              Percent(live.level) + ", however often one looks.";
  if (live.alarm()) {
    return "<p class='verdict alarm'><b>Alarm:</b> more than the promised " + Percent(live.promised) +
           " of the predictions differ from the last exit's: the capital of the bets against it reached " +
           Short(1 / live.level) + " at image " + std::to_string(live.alarm_at) + " of the shadow sample, " +
           chart::Escape(live.alarm_time) + "." + meaning + "</p>\n";
  }
  return "<p class='verdict'>The promise of " + Percent(live.promised) +
         " holds so far: " + std::to_string(live.events) + " of " + std::to_string(live.samples) +
         " images of the shadow sample differ, capital " + Short(live.capital) + " of " + Short(1 / live.level) + "." +
         meaning + "</p>\n";
}

std::string LiveSection(const Findings& f) {
  if (!f.live) return {};
  const LiveFindings& live = *f.live;
  return "<h2>The promise: at most " + Percent(live.promised) + "</h2>\n" +
         chart::ToSvg({CapitalChart(live), RateChart(live)}) + "<p class='note'>The true rate is between " +
         Percent(live.interval.low) + " and " + Percent(live.interval.high) + " with " + Percent(1 - live.level) +
         " confidence, at every moment of this picture at once, if it did not change.</p>\n";
}

}  // namespace vitrt::monitor
