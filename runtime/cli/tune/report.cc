#include <cmath>

#include "runtime/cli/tune/tune.h"
#include "runtime/line/text/escape.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

Json Number(double value) { return std::isnan(value) ? Json() : Json(value); }

Json ToJson(const MedianInterval& r) {
  return {{"median", r.median}, {"at_least", Number(r.at_least)}, {"at_most", Number(r.at_most)}};
}

std::string ToText(const MedianInterval& r) {
  if (std::isnan(r.at_least)) return Fixed(r.median, 3) + " (too few rounds)";
  return Fixed(r.median, 3) + " (" + Fixed(r.at_least, 3) + " to " + Fixed(r.at_most, 3) + ")";
}

}  // namespace

std::string TuneJson(const TuneOptions& o, const TuneReport& r) {
  Json candidates = Json::array(), tiers = Json::array(), threads = Json::array();
  for (const TuneCandidate& c : r.candidates) {
    candidates.push_back({{"step", c.step},
                          {"op", c.op},
                          {"name", c.name},
                          {"instead_of", c.first},
                          {"implementation", c.other},
                          {"ratio", ToJson(c.ratio)},
                          {"same_bits", c.same_bits ? Json(*c.same_bits) : Json()},
                          {"chosen", c.chosen}});
  }
  for (const TuneReport::Tier& t : r.tiers) tiers.push_back({{"isa", t.isa}, {"ratio", ToJson(t.ratio)}});
  for (const TuneReport::Threads& t : r.by_threads) threads.push_back({{"threads", t.threads}, {"p50_ms", t.p50_ms}});
  return JsonLine({{"plan", o.plan},
                   {"file", o.out},
                   {"steps", r.steps},
                   {"threads", r.threads},
                   {"rounds", r.rounds},
                   {"onednn_refusal", r.onednn_refusal.empty() ? Json() : Json(r.onednn_refusal)},
                   {"candidates", candidates},
                   {"chosen", r.file.steps.size()},
                   {"chosen_threads", r.file.threads},
                   {"chosen_isa", r.file.run_on.empty() ? Json() : Json(r.file.run_on)},
                   {"ratio", r.whole ? ToJson(*r.whole) : Json()},
                   {"dropped", r.dropped},
                   {"tiers", tiers},
                   {"by_threads", threads}});
}

std::string TuneText(const TuneOptions& o, const TuneReport& r) {
  std::string text = Visible(o.plan) + ": " + std::to_string(r.steps) + " steps, " +
                     std::to_string(r.candidates.size()) + " other implementations here, " + std::to_string(r.rounds) +
                     " rounds, " + std::to_string(r.threads) + " threads\n";
  if (!r.onednn_refusal.empty()) text += "oneDNN was not used: " + Visible(r.onednn_refusal) + "\n";
  TextTable table("rllllll");
  if (!r.candidates.empty()) table.Add({"step", "op", "instead of", "implementation", "time, ratio", "", "name"});
  for (const TuneCandidate& c : r.candidates) {
    const std::string bits = c.same_bits && !*c.same_bits ? "other bits" : "";
    table.Add({std::to_string(c.step), c.op, c.first, c.other, ToText(c.ratio),
               c.chosen ? (bits.empty() ? "chosen" : "chosen, " + bits) : bits, c.name});
  }
  text += table.Text();
  if (r.whole) {
    text += "a run takes " + ToText(*r.whole) + " of the time" +
            (r.dropped ? ": not significantly faster, so every step keeps its implementation" : "") + "\n";
  }
  for (const TuneReport::Tier& t : r.tiers)
    text += t.isa + " takes " + ToText(t.ratio) + " of the time (--isa, VITRT_MAX_ISA; other bits)\n";
  for (const TuneReport::Threads& t : r.by_threads)
    text += std::to_string(t.threads) + (t.threads == 1 ? " thread: " : " threads: ") + Fixed(t.p50_ms, 3) + " ms\n";
  text += std::to_string(r.file.steps.size()) + " steps, " + std::to_string(r.file.threads) +
          (r.file.threads == 1 ? " thread" : " threads") + (r.file.run_on.empty() ? "" : ", " + r.file.run_on);
  return text + " written to " + Visible(o.out) + "\n";
}

}  // namespace vitrt::cli
