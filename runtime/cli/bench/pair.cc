#include "runtime/cli/bench/pair.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/cli/bench/sessions.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/progress.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Side {
  Engine engine;
  RunOptions run;
  Lane lane;
  std::vector<double> run_ms = {};

  Status RunOnce() {
    const Clock::time_point start = Clock::now();
    VITRT_RETURN_IF_ERROR(lane.work.RunNext(&lane.session, run).status());
    run_ms.push_back(MsSince(start));
    return {};
  }
};

Status CheckOptions(const BenchOptions& o) {
  const std::pair<bool, const char*> of_one[] = {{o.sessions > 1, "--sessions"},
                                                 {o.batches.size() > 1, "--batch N,..."},
                                                 {o.segments, "--segments"},
                                                 {o.ops, "--ops"},
                                                 {!o.trace.empty(), "--trace"}};
  for (const auto& [given, name] : of_one) {
    if (given) return InvalidArgument("is for one plan, and two are given", name);
  }
  return {};
}

Result<Side> OpenSide(const std::string& path, const BenchOptions& o, const ImageList& images) {
  VITRT_ASSIGN_OR_RETURN(Engine engine, LoadEngine(path, o.common));
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, engine.info().exits));
  const SessionOptions session{.threads = o.common.threads, .pin = o.pin, .max_batch = o.batches[0]};
  VITRT_ASSIGN_OR_RETURN(Lane lane, MakeLane(engine, {session, images.paths}));
  return Side{std::move(engine), run, std::move(lane)};
}

// Rounds until the time is over or `iterations` are done; who runs first changes from round to round.
Status RunRounds(const char* what, double seconds, int64_t iterations, std::vector<Side>* sides) {
  for (Side& side : *sides) side.run_ms.clear();
  Progress progress(what, true);
  const Clock::time_point start = Clock::now();
  for (int64_t round = 0;; ++round) {
    const double elapsed = MsSince(start) / 1e3;
    const double done =
        iterations > 0 ? static_cast<double>(round) / static_cast<double>(iterations) : elapsed / seconds;
    if (round > 0 && !(done < 1)) return {};
    const size_t first = static_cast<size_t>(round % 2);
    VITRT_RETURN_IF_ERROR((*sides)[first].RunOnce());
    VITRT_RETURN_IF_ERROR((*sides)[1 - first].RunOnce());
    progress.Show(done, std::to_string(round + 1) + " rounds");
  }
}

Json NumberJson(double value) { return std::isnan(value) ? Json() : Json(value); }

}  // namespace

Result<PairReport> BenchPair(const BenchOptions& o) {
  VITRT_RETURN_IF_ERROR(CheckOptions(o));
  ImageList images;
  if (!o.images.empty()) {
    VITRT_ASSIGN_OR_RETURN(images, FindImages(o.images));
  }
  std::vector<Side> sides;
  for (const std::string& path : {o.plan, o.other}) {
    VITRT_ASSIGN_OR_RETURN(Side side, OpenSide(path, o, images));
    sides.push_back(std::move(side));
  }
  VITRT_RETURN_IF_ERROR(RunRounds("warm-up", 2 * o.warmup, 0, &sides));
  VITRT_RETURN_IF_ERROR(RunRounds("bench", 2 * o.duration, o.iterations, &sides));

  PairReport report{.plans = {}, .input = {}, .batch = o.batches[0], .ratio = {}};
  report.input = images.paths.empty() ? "random tensor" : std::to_string(images.paths.size()) + " images";
  std::vector<double> ratios;
  for (size_t i = 0; i < sides[0].run_ms.size(); ++i) ratios.push_back(sides[1].run_ms[i] / sides[0].run_ms[i]);
  report.ratio = MedianOf(ratios);
  for (Side& side : sides) {
    VITRT_ASSIGN_OR_RETURN(BenchIdentity identity, IdentityOf(side.engine, ThreadsUsed(o.common, side.engine)));
    report.plans.push_back({side.engine.info().path, std::move(identity), std::move(side.run_ms)});
  }
  return report;
}

std::string PairJson(const PairReport& r) {
  Json plans = Json::array();
  for (const PairReport::Plan& plan : r.plans) {
    const Summary s = Summarize(plan.run_ms);
    plans.push_back({{"plan", plan.path},
                     {"identity", ToJson(plan.identity)},
                     {"latency_ms", {{"min", s.min}, {"p50", s.p50}, {"p90", s.p90}, {"mean", s.mean}, {"cv", s.cv}}}});
  }
  return JsonLine({{"plans", plans},
                   {"input", r.input},
                   {"batch", r.batch},
                   {"rounds", r.plans[0].run_ms.size()},
                   {"ratio",
                    {{"median", r.ratio.median},
                     {"at_least", NumberJson(r.ratio.at_least)},
                     {"at_most", NumberJson(r.ratio.at_most)},
                     {"confidence", 0.95}}}});
}

std::string PairText(const PairReport& r) {
  TextTable head("ll");
  for (const PairReport::Plan& plan : r.plans) {
    head.Add({plan.path, plan.identity.model + ", " + plan.identity.precision + ", sha256 " +
                             plan.identity.plan_sha256.substr(0, 16)});
  }
  head.Add({"machine", MachineText(r.plans[0].identity)});
  head.Add({"input", r.input + ", batch " + std::to_string(r.batch)});
  TextTable table("lrrrrr");
  table.Add({"ms", "min", "p50", "p90", "mean", "n"});
  for (const PairReport::Plan& plan : r.plans) {
    const Summary s = Summarize(plan.run_ms);
    table.Add({plan.path, Fixed(s.min, 3), Fixed(s.p50, 3), Fixed(s.p90, 3), Fixed(s.mean, 3), std::to_string(s.n)});
  }
  const std::string interval = std::isnan(r.ratio.at_least)
                                   ? "too few rounds for an interval"
                                   : Fixed(r.ratio.at_least, 3) + " to " + Fixed(r.ratio.at_most, 3) + " at 95 %";
  return head.Text() + '\n' + table.Text() + "\nthe second takes " + Fixed(r.ratio.median, 3) +
         " x the time of the first (" + interval + "), median of " + std::to_string(r.plans[0].run_ms.size()) +
         " alternating rounds\n";
}

}  // namespace vitrt::cli
