#include "runtime/cli/calibrate/report.h"

#include <span>

#include "runtime/cli/command.h"
#include "runtime/line/chart/chart.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {

using calibration::Outcome;

nlohmann::ordered_json RowJson(const Row& row, Known known) {
  nlohmann::ordered_json thresholds = nlohmann::ordered_json::array();
  for (float t : row.thresholds) thresholds.push_back(ShortDecimal(t));
  const Outcome& o = row.outcome;
  nlohmann::ordered_json json = {{"name", row.name},
                                 {"thresholds", thresholds},
                                 {"exit_count", o.exit_count},
                                 {"accuracy", o.accuracy},
                                 {"balanced_accuracy", o.balanced_accuracy},
                                 {"disagreements", o.disagreements},
                                 {"losses", o.losses},
                                 {"gains", o.gains},
                                 {"mean_ms", o.mean_cost},
                                 {"mean_flops", row.mean_flops}};
  if (!known.labels) {
    for (const char* key : {"accuracy", "balanced_accuracy", "losses", "gains"}) json[key] = nullptr;
  }
  if (!known.times) json["mean_ms"] = nullptr;
  return json;
}

std::string CalibrationText(const std::vector<Row>& rows, const PlanInfo& info, Known known) {
  std::vector<std::string> header = {""};
  for (const ExitInfo& exit : info.exits) header.push_back(exit.name);
  if (known.labels) header.insert(header.end(), {"accuracy", "balanced"});
  header.push_back("disagree");
  if (known.times) header.insert(header.end(), {"mean ms", "speed-up"});
  header.push_back("by FLOPs");
  TextTable table("l" + std::string(header.size() - 1, 'r'));
  table.Add(header);
  const double full = rows.front().outcome.mean_cost, full_flops = rows.front().mean_flops;
  for (const Row& row : rows) {
    const Outcome& o = row.outcome;
    const double images = static_cast<double>(o.exit_of.size());
    std::vector<std::string> cells = {row.name};
    for (int count : o.exit_count) cells.push_back(Fixed(100 * count / images, 1) + " %");
    if (known.labels) {
      cells.push_back(Fixed(100 * o.accuracy, 2) + " %");
      cells.push_back(Fixed(100 * o.balanced_accuracy, 2) + " %");
    }
    cells.push_back(Fixed(100 * o.disagreements / images, 2) + " %");
    if (known.times) {
      cells.push_back(Fixed(o.mean_cost, 3));
      cells.push_back(Fixed(full / o.mean_cost, 2) + " x");
    }
    cells.push_back(Fixed(full_flops / row.mean_flops, 2) + " x");
    table.Add(cells);
  }
  return table.Text(2);
}

std::string CalibrationSvg(const std::vector<Row>& rows, const Row& chosen, Known known) {
  const char* x_label = known.times ? "mean latency of a run, ms" : "mean FLOPs of a run";
  const std::string images = std::to_string(chosen.outcome.exit_of.size());
  chart::Chart accuracy{
      .title = "Accuracy against latency, " + images + " images", .x_label = x_label, .y_label = "accuracy, %"};
  chart::Chart disagreement{
      .title = "Early predictions that differ from the last exit's", .x_label = x_label, .y_label = "of all images, %"};
  const auto add = [&](const std::string& name, std::span<const Row> points, bool rings) {
    chart::Series a{.name = name, .line = false, .rings = rings}, d = a;
    for (const Row& row : points) {
      const Outcome& o = row.outcome;
      a.x.push_back(o.mean_cost);
      a.y.push_back(100 * o.accuracy);
      d.x.push_back(o.mean_cost);
      d.y.push_back(100.0 * o.disagreements / static_cast<double>(o.exit_of.size()));
      a.notes.push_back(row.name);
      d.notes.push_back(row.name);
    }
    accuracy.series.push_back(a);
    disagreement.series.push_back(d);
  };
  const std::span<const Row> all(rows);
  add("operating points", all.subspan(1), false);
  add(rows.front().name, all.first(1), false);
  add(chosen.name, {&chosen, 1}, true);
  if (!known.labels) return chart::ToSvg({disagreement});
  return chart::ToSvg({accuracy, disagreement});
}

}  // namespace vitrt::cli
