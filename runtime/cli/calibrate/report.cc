#include "runtime/cli/calibrate/report.h"

#include <span>

#include "runtime/cli/command.h"
#include "runtime/line/chart/chart.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {

using calibration::Outcome;

nlohmann::ordered_json RowJson(const Row& row) {
  nlohmann::ordered_json thresholds = nlohmann::ordered_json::array();
  for (float t : row.thresholds) thresholds.push_back(ShortDecimal(t));
  return {{"name", row.name},
          {"thresholds", thresholds},
          {"exit_count", row.outcome.exit_count},
          {"accuracy", row.outcome.accuracy},
          {"balanced_accuracy", row.outcome.balanced_accuracy},
          {"disagreements", row.outcome.disagreements},
          {"losses", row.outcome.losses},
          {"gains", row.outcome.gains},
          {"mean_ms", row.outcome.mean_cost},
          {"mean_flops", row.mean_flops}};
}

std::string CalibrationText(const std::vector<Row>& rows, const PlanInfo& info) {
  TextTable table("l" + std::string(info.exits.size(), 'r') + "rrrrrr");
  std::vector<std::string> header = {""};
  for (const ExitInfo& exit : info.exits) header.push_back(exit.name);
  for (const char* name : {"accuracy", "balanced", "disagree", "mean ms", "speed-up", "by FLOPs"})
    header.push_back(name);
  table.Add(header);
  const double full = rows.front().outcome.mean_cost, full_flops = rows.front().mean_flops;
  for (const Row& row : rows) {
    const Outcome& o = row.outcome;
    const double images = static_cast<double>(o.exit_of.size());
    std::vector<std::string> cells = {row.name};
    for (int count : o.exit_count) cells.push_back(Fixed(100 * count / images, 1) + " %");
    cells.push_back(Fixed(100 * o.accuracy, 2) + " %");
    cells.push_back(Fixed(100 * o.balanced_accuracy, 2) + " %");
    cells.push_back(Fixed(100 * o.disagreements / images, 2) + " %");
    cells.push_back(Fixed(o.mean_cost, 3));
    cells.push_back(Fixed(full / o.mean_cost, 2) + " x");
    cells.push_back(Fixed(full_flops / row.mean_flops, 2) + " x");
    table.Add(cells);
  }
  return table.Text(2);
}

std::string CalibrationSvg(const std::vector<Row>& rows, const Row& chosen) {
  const std::string images = std::to_string(chosen.outcome.exit_of.size());
  chart::Chart accuracy{.title = "Accuracy against latency, " + images + " images",
                        .x_label = "mean latency of a run, ms",
                        .y_label = "accuracy, %"};
  chart::Chart disagreement{.title = "Early answers that differ from the last exit's",
                            .x_label = "mean latency of a run, ms",
                            .y_label = "of all images, %"};
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
  return chart::ToSvg({accuracy, disagreement});
}

}  // namespace vitrt::cli
