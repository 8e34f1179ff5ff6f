#include "runtime/line/monitor/page.h"

#include <cmath>
#include <cstdio>

#include "runtime/line/chart/chart.h"
#include "runtime/line/monitor/live_page.h"

namespace vitrt::monitor {
namespace {

constexpr char kStyle[] =
    "body{font:15px/1.5 sans-serif;color:#222;max-width:60em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse;margin:.6em 0}"
    "td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left}td.n,th.n{text-align:right}"
    ".verdict{padding:.7em 1em;border-left:.4em solid #3a8f45;background:#eef6ef}"
    ".verdict.alarm{border-color:#b0272f;background:#fbeeee}.verdict.none{border-color:#999;background:#f4f4f4}"
    ".bad{color:#b0272f;font-weight:bold}.note{color:#666}svg{max-width:100%;height:auto}";

std::string Format(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string Percent(double share) { return Format("%.2f %%", 100 * share); }

// Cells that are numbers stand to the right.
std::string Row(const char* tag, const std::vector<std::string>& cells, size_t first_number) {
  std::string row = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    row += std::string("<") + tag + (i >= first_number ? " class='n'>" : ">") + cells[i] + "</" + tag + ">";
  }
  return row + "</tr>\n";
}

std::string Verdict(const Findings& f) {
  if (!f.reference_answers) {
    return "<p class='verdict none'>No reference was given: this page describes, it does not judge. Give one with "
           "<code>--reference</code>.</p>\n";
  }
  const std::string rate = " An unchanged process raises this alarm in at most " + Percent(f.false_alarm_rate) +
                           " of such reports (" + std::to_string(f.checks.size()) + " checks, Bonferroni).";
  if (f.checks.empty()) return "<p class='verdict none'>Too few answers to compare with the reference.</p>\n";
  if (f.alarm) {
    return "<p class='verdict alarm'><b>Alarm:</b> the answers differ from the reference's by more than chance." +
           rate + "</p>\n";
  }
  return "<p class='verdict'>No alarm: the answers could be the reference's." + rate + "</p>\n";
}

std::string Checks(const Findings& f) {
  if (!f.reference_answers) return {};
  std::string html = "<h2>Drift</h2>\n<table>\n" + Row("th", {"what", "measure", "value", "p", ""}, 2);
  for (const Check& check : f.checks) {
    html += Row("td",
                {chart::Escape(check.what), check.statistic, Format("%.4f", check.result.statistic),
                 Format("%.3g", check.result.p), check.alarm ? "<span class='bad'>alarm</span>" : ""},
                2);
  }
  html += "</table>\n<p class='note'>p: how often chance alone gives a value as large. A check alarms below " +
          Format("%.3g", f.checks.empty() ? 0 : f.false_alarm_rate / static_cast<double>(f.checks.size())) + ".</p>\n";
  for (const std::string& text : f.left_out) html += "<p class='note'>Not checked: " + chart::Escape(text) + ".</p>\n";
  return html;
}

chart::Chart ConfidenceChart(const ExitFindings& exit) {
  chart::Chart chart{
      .title = "Confidence of answers at exit " + exit.name, .x_label = "confidence", .y_label = "% of them"};
  const auto series = [](const std::string& name, const std::vector<double>& shares) {
    chart::Series s{.name = name, .bars = true};
    for (const double share : shares) s.y.push_back(100 * share);
    return s;
  };
  for (int b = 0; b < kConfidenceBins; ++b) chart.x_names.push_back(Format("%.2f", (b + 0.5) / kConfidenceBins));
  chart.series.push_back(series("now", exit.share));
  if (!exit.reference_share.empty()) chart.series.push_back(series("reference", exit.reference_share));
  chart.height = 300;
  return chart;
}

std::vector<chart::Chart> TimeCharts(const Findings& f) {
  chart::Chart mix{.title = "Exits taken", .x_label = "answers, in the order of the log", .y_label = "% of a block"};
  chart::Chart latency{.title = "Latency", .x_label = mix.x_label, .y_label = "ms"};
  chart::Chart confidence{.title = "Mean confidence", .x_label = mix.x_label, .y_label = "confidence"};
  for (const ExitFindings& exit : f.exits) mix.series.push_back({.name = exit.name});
  chart::Series p50{.name = "median"}, p95{.name = "95th percentile"}, mean{.name = "mean confidence"};
  double at = 0;
  for (const Block& block : f.blocks) {
    at += static_cast<double>(block.answers);
    for (size_t k = 0; k < mix.series.size(); ++k) {
      mix.series[k].x.push_back(at);
      mix.series[k].y.push_back(100 * block.exit_share[k]);
      mix.series[k].notes.push_back("from " + block.first_time);
    }
    for (chart::Series* s : {&p50, &p95, &mean}) {
      s->x.push_back(at);
      s->notes.push_back("from " + block.first_time);
    }
    p50.y.push_back(block.p50_ms);
    p95.y.push_back(block.p95_ms);
    mean.y.push_back(block.mean_confidence);
  }
  latency.series = {p50, p95};
  confidence.series = {mean};
  for (chart::Chart* chart : {&mix, &latency, &confidence}) chart->height = 300;
  return {mix, latency, confidence};
}

std::string Shadow(const Findings& f) {
  std::string html = "<h2>Early answers against the last exit</h2>\n";
  int64_t shadowed = 0;
  for (const ExitFindings& exit : f.exits) shadowed += exit.shadowed;
  if (shadowed == 0) {
    return html +
           "<p class='note'>Not measured: no image was also run to the last exit (<code>--shadow 0.01</code>).</p>\n";
  }
  html +=
      "<table>\n" + Row("th", {"exit", "answers", "run to the end", "otherwise there", "rate", "at most (95 %)"}, 1);
  for (const ExitFindings& exit : f.exits) {
    const double rate =
        exit.shadowed > 0 ? static_cast<double>(exit.disagreed) / static_cast<double>(exit.shadowed) : 0;
    html += Row("td",
                {chart::Escape(exit.name), std::to_string(exit.answered), std::to_string(exit.shadowed),
                 std::to_string(exit.disagreed), exit.shadowed > 0 ? Percent(rate) : "-",
                 exit.shadowed > 0 ? Percent(exit.disagreement_bound) : "-"},
                1);
  }
  return html + "</table>\n";
}

std::string Review(const Findings& f) {
  std::string html = "<h2>To look at: the least confident answers</h2>\n<table>\n" +
                     Row("th", {"image", "answer", "exit", "time", "confidence", "margin"}, 4);
  for (const audit::Record& r : f.least_confident) {
    const std::string confidence =
        std::isfinite(r.confidence) ? Format("%.3f", r.confidence) : "<span class='bad'>not finite</span>";
    html += Row("td",
                {chart::Escape(r.image), r.decided() ? chart::Escape(r.label) : "-", chart::Escape(r.exit_name),
                 chart::Escape(r.time), confidence, std::isfinite(r.margin) ? Format("%.3f", r.margin) : "-"},
                4);
  }
  return html + "</table>\n";
}

std::string Facts(const Findings& f, const std::string& log, const std::string& reference) {
  std::string html = "<table>\n" + Row("td", {"log", chart::Escape(log)}, 9);
  if (f.reference_answers) {
    html += Row("td",
                {"reference", chart::Escape(reference) + ", " + std::to_string(*f.reference_answers) + " answers"}, 9);
  }
  html += Row("td", {"time", chart::Escape(f.first_time) + " to " + chart::Escape(f.last_time)}, 9);
  html += Row("td", {"answers", std::to_string(f.answers) + ", refused images " + std::to_string(f.refused)}, 9);
  std::string plans;
  for (const std::string& plan : f.plans) plans += (plans.empty() ? "" : "<br>") + chart::Escape(plan);
  html += Row("td", {f.plans.size() == 1 ? "plan" : "plans", plans}, 9);
  const auto flagged = [&](const char* what, int64_t count) {
    html += Row("td", {what, count > 0 ? "<span class='bad'>" + std::to_string(count) + "</span>" : "0"}, 9);
  };
  flagged("without a decision", f.no_decision);
  flagged("not finite at some exit", f.non_finite);
  flagged("cut short by the deadline", f.deadline_cuts);
  flagged("lines of the log that cannot be read", f.bad_lines);
  return html + "</table>\n";
}

}  // namespace

std::string Page(const Findings& f, const std::string& log, const std::string& reference) {
  std::vector<chart::Chart> confidence;
  for (const ExitFindings& exit : f.exits) {
    if (!exit.share.empty()) confidence.push_back(ConfidenceChart(exit));
  }
  std::string html =
      "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n<title>vitrt monitor: " + chart::Escape(log) +
      "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<h1>What " + chart::Escape(log) + " says</h1>\n";
  html += Verdict(f) + LiveVerdict(f) + Facts(f, log, reference) + Checks(f);
  html += "<h2>Confidence</h2>\n" + (confidence.empty() ? std::string() : chart::ToSvg(confidence));
  html += "<h2>Over time</h2>\n" + chart::ToSvg(TimeCharts(f));
  return html + Shadow(f) + LiveSection(f) + Review(f) + "</body>\n</html>\n";
}

}  // namespace vitrt::monitor
