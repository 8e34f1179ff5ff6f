#include "runtime/line/monitor/page.h"

#include <cmath>
#include <cstdio>
#include <utility>

#include "runtime/line/chart/chart.h"
#include "runtime/line/monitor/charts.h"
#include "runtime/line/monitor/live_page.h"
#include "runtime/line/monitor/thumbnail.h"

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
  if (!f.reference_predictions) {
    return "<p class='verdict none'>No reference was given: this page describes, it does not judge. Give one with "
           "<code>--reference</code>.</p>\n";
  }
  const std::string rate = " An unchanged process raises this alarm in at most " + Percent(f.false_alarm_rate) +
                           " of such reports (" + std::to_string(f.checks.size()) + " checks, Bonferroni).";
  if (f.checks.empty()) return "<p class='verdict none'>Too few predictions to compare with the reference.</p>\n";
  if (f.alarm) {
    return "<p class='verdict alarm'><b>Alarm:</b> the predictions differ from the reference's by more than chance." +
           rate + "</p>\n";
  }
  return "<p class='verdict'>No alarm: no significant difference from the reference's predictions." + rate + "</p>\n";
}

std::string Checks(const Findings& f) {
  if (!f.reference_predictions) return {};
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

std::string Shadow(const Findings& f) {
  std::string html = "<h2>Early predictions against the last exit</h2>\n";
  int64_t shadowed = 0;
  for (const ExitFindings& exit : f.exits) shadowed += exit.shadowed;
  if (shadowed == 0) {
    return html +
           "<p class='note'>Not measured: no image was also run to the last exit (<code>--shadow 0.01</code>).</p>\n";
  }
  html +=
      "<table>\n" +
      Row("th", {"exit", "predictions", "also run to the last exit", "different there", "rate", "at most (95 %)"}, 1);
  for (const ExitFindings& exit : f.exits) {
    const double rate =
        exit.shadowed > 0 ? static_cast<double>(exit.disagreed) / static_cast<double>(exit.shadowed) : 0;
    html += Row("td",
                {chart::Escape(exit.name), std::to_string(exit.taken), std::to_string(exit.shadowed),
                 std::to_string(exit.disagreed), exit.shadowed > 0 ? Percent(rate) : "-",
                 exit.shadowed > 0 ? Percent(exit.disagreement_bound) : "-"},
                1);
  }
  return html + "</table>\n";
}

std::string Review(const Findings& f) {
  std::string html = "<h2>To look at: the least confident predictions</h2>\n<table>\n" +
                     Row("th", {"", "image", "prediction", "exit", "time", "confidence", "margin"}, 5);
  for (const audit::Record& r : f.least_confident) {
    const std::string confidence =
        std::isfinite(r.confidence) ? Format("%.3f", r.confidence) : "<span class='bad'>not finite</span>";
    const std::string picture = Thumbnail(r.image, r.image_xxh3);
    html += Row("td",
                {picture.empty() ? "" : "<img alt='' src='" + picture + "'>", chart::Escape(r.image),
                 r.decided() ? chart::Escape(r.label) : "-", chart::Escape(r.exit_name), chart::Escape(r.time),
                 confidence, std::isfinite(r.margin) ? Format("%.3f", r.margin) : "-"},
                5);
  }
  return html + "</table>\n";
}

std::string Facts(const Findings& f, const std::string& log, const std::string& reference) {
  std::string html = "<table>\n" + Row("td", {"log", chart::Escape(log)}, 9);
  if (f.reference_predictions) {
    html += Row(
        "td",
        {"reference", chart::Escape(reference) + ", " + std::to_string(*f.reference_predictions) + " predictions"}, 9);
  }
  html += Row("td", {"time", chart::Escape(f.first_time) + " to " + chart::Escape(f.last_time)}, 9);
  html +=
      Row("td", {"predictions", std::to_string(f.predictions) + ", refused images " + std::to_string(f.refused)}, 9);
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
  std::string html =
      "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n<title>vitrt monitor: " + chart::Escape(log) +
      "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<h1>Monitor: " + chart::Escape(log) + "</h1>\n";
  html += Verdict(f) + LiveVerdict(f) + Facts(f, log, reference) + Checks(f);
  for (const auto& [title, charts] :
       {std::pair("Classes", ClassCharts(f)), std::pair("Confidence", ConfidenceCharts(f)),
        std::pair("Brightness and contrast of the input", InputCharts(f)), std::pair("Over time", TimeCharts(f))}) {
    html += std::string("<h2>") + title + "</h2>\n" + (charts.empty() ? "" : chart::ToSvg(charts));
  }
  return html + Shadow(f) + LiveSection(f) + Review(f) + "</body>\n</html>\n";
}

}  // namespace vitrt::monitor
