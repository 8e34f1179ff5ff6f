#include <algorithm>
#include <cmath>

#include "runtime/cli/scan/run.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/escape.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kShown = 10;  // regions and tiles, in text

std::vector<int64_t> ExitCounts(const ScanResult& r) {
  std::vector<int64_t> counts(r.info.exits.size());
  for (const Classification& a : r.predictions) ++counts[static_cast<size_t>(a.exit)];
  return counts;
}

double Ms(double ms) { return std::round(ms * 100) / 100; }

Json RegionsJson(const ScanResult& r) {
  Json regions = Json::array();
  for (const scan::Region& region : r.regions) {
    const size_t worst = r.WorstTile(region);
    regions.push_back({{"x", region.x},
                       {"y", region.y},
                       {"width", region.width},
                       {"height", region.height},
                       {"tiles", region.tiles.size()},
                       {"label", LabelJson(r.info, r.predictions[worst].label)},
                       {"class", r.predictions[worst].label},
                       {"score", r.scores[worst]}});
  }
  return regions;
}

std::string Count(size_t n, const std::string& what) { return std::to_string(n) + ' ' + what + (n == 1 ? "" : "s"); }

std::string VerdictText(const ScanResult& r) {
  const std::string verdict = r.verdict();
  return "verdict: " + (verdict.empty() ? "none, for want of decisions" : verdict) + ", " +
         Count(r.regions.size(), "region") + " (" + std::to_string(r.bad.size()) + " of " +
         Count(r.tiles.size(), "tile") + ")\n";
}

// The worst ones.
std::string RegionsText(const ScanResult& r) {
  if (r.regions.empty()) return {};
  TextTable table("rrrrlrr");
  table.Add({"x", "y", "width", "height", "class", "not " + LabelOf(r.info, r.good), "tiles"});
  for (size_t i = 0; i < std::min(kShown, r.regions.size()); ++i) {
    const scan::Region& region = r.regions[i];
    const size_t worst = r.WorstTile(region);
    table.Add({std::to_string(region.x), std::to_string(region.y), std::to_string(region.width),
               std::to_string(region.height), LabelOf(r.info, r.predictions[worst].label),
               Fixed(100 * r.scores[worst], 1) + " %", std::to_string(region.tiles.size())});
  }
  std::string text = "  regions\n" + table.Text(2);
  if (r.regions.size() > kShown) text += "  and " + std::to_string(r.regions.size() - kShown) + " more\n";
  return text;
}

}  // namespace

std::string ScanJson(const ScanOptions& o, const ScanResult& r) {
  Json json = {{"image", o.image},
               {"width", r.width},
               {"height", r.height},
               {"good", LabelOf(r.info, r.good)},
               {"verdict", r.verdict().empty() ? Json() : Json(r.verdict())},
               {"bad_tiles", r.bad.size()},
               {"regions", RegionsJson(r)},
               {"batch", r.batch},
               {"stride", r.stride},
               {"ms", {{"decode", Ms(r.decode_ms)}, {"tiles", Ms(r.tiles_ms)}}}};
  if (r.baseline_ms > 0) {
    json["ms"]["one_by_one_to_the_last_exit"] = Ms(r.baseline_ms);
    json["factor"] = r.baseline_ms / r.tiles_ms;
  }
  json["exits"] = Json::array();
  const std::vector<int64_t> counts = ExitCounts(r);
  for (const ExitInfo& exit : r.info.exits)
    json["exits"].push_back({{"name", exit.name}, {"tiles", counts[static_cast<size_t>(exit.index)]}});
  json["no_decision"] = r.undecided;
  json["tiles"] = Json::array();
  for (size_t i = 0; i < r.tiles.size(); ++i) {
    const Classification& a = r.predictions[i];
    json["tiles"].push_back({{"x", r.tiles[i].x},
                             {"y", r.tiles[i].y},
                             {"width", r.tiles[i].width},
                             {"height", r.tiles[i].height},
                             {"label", LabelJson(r.info, a.label)},
                             {"class", a.label},
                             {"probability", NumberJson(a.probability, a.label >= 0)},
                             {"confidence", NumberJson(a.confidence, a.label >= 0)},
                             {"exit", r.info.exits[static_cast<size_t>(a.exit)].name},
                             {"score", NumberJson(r.scores[i], a.label >= 0)}});
  }
  return JsonLine(json);
}

std::string ScanText(const ScanOptions& o, const ScanResult& r) {
  std::string text = Visible(o.image) + ": " + std::to_string(r.width) + " x " + std::to_string(r.height) + ", " +
                     std::to_string(r.tiles.size()) + " tiles, stride " + std::to_string(r.stride) + ", batch " +
                     std::to_string(r.batch) + "\n";
  text += "  " + VerdictText(r) + RegionsText(r);
  text += "  decode " + Fixed(r.decode_ms, 0) + " ms, tiles " + Fixed(r.tiles_ms, 0) + " ms";
  if (r.baseline_ms > 0) {
    text += ", one by one to the last exit " + Fixed(r.baseline_ms, 0) + " ms: factor " +
            Fixed(r.baseline_ms / r.tiles_ms, 2);
  }
  text += "\n  exits";
  const std::vector<int64_t> counts = ExitCounts(r);
  for (const ExitInfo& exit : r.info.exits)
    text += "  " + Visible(exit.name) + " " + std::to_string(counts[static_cast<size_t>(exit.index)]);
  text += "\n";

  if (const int64_t undecided = r.undecided; undecided > 0) {
    text += "  no decision on " + std::to_string(undecided) + " tiles: logits that are not finite\n";
  }
  std::vector<size_t> order;
  for (size_t i = 0; i < r.tiles.size(); ++i) {
    if (r.predictions[i].label >= 0) order.push_back(i);
  }
  const size_t shown = std::min(kShown, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(shown), order.end(),
                    [&](size_t a, size_t b) { return r.scores[a] > r.scores[b]; });
  TextTable table("rrllr");
  table.Add({"x", "y", "class", "exit", "not " + LabelOf(r.info, r.good)});
  for (size_t i = 0; i < shown; ++i) {
    const Classification& a = r.predictions[order[i]];
    table.Add({std::to_string(r.tiles[order[i]].x), std::to_string(r.tiles[order[i]].y), LabelOf(r.info, a.label),
               r.info.exits[static_cast<size_t>(a.exit)].name, Fixed(100 * r.scores[order[i]], 1) + " %"});
  }
  return text + table.Text(2);
}

}  // namespace vitrt::cli
