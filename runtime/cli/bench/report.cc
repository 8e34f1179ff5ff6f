#include "runtime/cli/bench/report.h"

#include <cmath>

#include "runtime/engine/inspect.h"
#include "runtime/line/statistics/statistics.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

double Round(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::round(value * scale) / scale;
}

double Ms(double value) { return Round(value, 4); }

double Gigas(double amount, double ms) { return ms > 0 ? amount / ms / 1e6 : 0; }

// A segment or a step that was timed.
struct Timed {
  double p50 = 0, mean = 0, total = 0;
  int64_t n = 0;
};

Timed TimeOf(const std::vector<double>& ms) {
  const Summary s = Summarize(ms);
  return {s.p50, s.mean, s.mean * static_cast<double>(s.n), s.n};
}

double TotalOf(const std::vector<std::vector<double>>& all) {
  double total = 0;
  for (const auto& ms : all) total += TimeOf(ms).total;
  return total > 0 ? total : 1;
}

Json ExitsJson(const BenchReport& r, const PlanInfo& info) {
  Json exits = Json::array();
  for (const ExitInfo& exit : info.exits) {
    const Summary s = Summarize(r.samples.exit_ms[static_cast<size_t>(exit.index)]);
    exits.push_back({{"index", exit.index},
                     {"name", exit.name},
                     {"count", s.n},
                     {"p50_ms", s.n > 0 ? Json(Ms(s.p50)) : Json(nullptr)},
                     {"flops", exit.flops}});
  }
  return exits;
}

Json BatchesJson(const BenchReport& r) {
  Json batches = Json::array();
  for (const BenchReport::Batch& b : r.batches) {
    const Summary s = Summarize(b.samples.run_ms);
    batches.push_back(
        {{"batch", b.batch},
         {"n", s.n},
         {"latency_ms", {{"min", Ms(s.min)}, {"p50", Ms(s.p50)}, {"p90", Ms(s.p90)}, {"mean", Ms(s.mean)}}},
         {"images_per_s", Round(b.samples.images_per_s(), 3)}});
  }
  return batches;
}

Json SegmentsJson(const BenchReport& r, const Engine& engine) {
  Json segments = Json::array();
  if (!r.show_segments) return segments;
  const std::vector<SegmentInfo> infos = InspectSegments(engine);
  for (size_t i = 0; i < infos.size(); ++i) {
    const Timed t = TimeOf(r.profiled.segment_ms[i]);
    const double flops = infos[i].flops * r.batch;
    segments.push_back({{"index", i},
                        {"exit", infos[i].exit},
                        {"steps", infos[i].step_count},
                        {"count", t.n},
                        {"p50_ms", Ms(t.p50)},
                        {"mean_ms", Ms(t.mean)},
                        {"flops", infos[i].flops},
                        {"weight_bytes", infos[i].weight_bytes},
                        {"gflops_per_s", Round(Gigas(flops, t.p50), 2)}});
  }
  return segments;
}

Json OpsJson(const BenchReport& r, const Engine& engine) {
  Json ops = Json::array();
  if (!r.show_ops) return ops;
  const std::vector<StepInfo> steps = InspectSteps(engine);
  const double total = TotalOf(r.profiled.step_ms);
  for (size_t i = 0; i < steps.size(); ++i) {
    const Timed t = TimeOf(r.profiled.step_ms[i]);
    const StepInfo& s = steps[i];
    const double bytes = s.activation_bytes * r.batch + s.weight_bytes;
    ops.push_back({{"index", i},
                   {"segment", s.segment},
                   {"op", s.op},
                   {"name", s.name},
                   {"implementation", s.implementation},
                   {"rivals", s.rivals},
                   {"count", t.n},
                   {"p50_ms", Ms(t.p50)},
                   {"share", Round(t.total / total, 4)},
                   {"flops", s.flops},
                   {"bytes", s.activation_bytes + s.weight_bytes},
                   {"gflops_per_s", Round(Gigas(s.flops * r.batch, t.p50), 2)},
                   {"peak_share", Round(Gigas(s.flops * r.batch, t.p50) / r.peak.gflops_per_s, 4)},
                   {"gbytes_per_s", Round(Gigas(bytes, t.p50), 2)},
                   {"bandwidth_share", Round(Gigas(bytes, t.p50) / r.peak.gbytes_per_s, 4)}});
  }
  return ops;
}

std::vector<std::string> Notes(const BenchReport& r, const Engine& engine) {
  std::vector<std::string> notes;
  const Summary s = Summarize(r.samples.run_ms);
  const std::string caveat = PercentileCaveat(s.n);
  if (!caveat.empty()) notes.push_back(caveat);
  if (s.cv > 0.1) notes.push_back("times vary (cv " + Fixed(100 * s.cv, 0) + " %): is the machine busy?");
  if (r.random_input && engine.info().exits.size() > 1) {
    notes.push_back("exits taken on random input are not representative of real images: use --images");
  }
  return notes;
}

std::string Percent(double part) { return Fixed(100 * part, 1) + " %"; }

std::string HeadText(const BenchReport& r, const Engine& engine) {
  const PlanInfo& info = engine.info();
  TextTable table("ll");
  table.Add({"plan", info.model_name + ", " + Megabytes(static_cast<double>(info.plan_bytes)) + ", sha256 " +
                         r.identity.plan_sha256.substr(0, 16)});
  table.Add({"machine", MachineText(r.identity)});
  table.Add({"input", r.input + ", batch " + std::to_string(r.batch) +
                          (r.decodes ? "; decoding and preprocessing included" : "; prepared beforehand")});
  if (r.sessions > 1) table.Add({"sessions", std::to_string(r.sessions) + " at once"});
  table.Add({"start", "load " + Fixed(r.load_ms, 1) + " ms, first prediction " + Fixed(r.first_answer_ms, 1) +
                          " ms after process start, peak memory " + Megabytes(r.peak_rss_bytes)});
  return table.Text();
}

std::string LatencyText(const BenchReport& r) {
  const Summary s = Summarize(r.samples.run_ms);
  TextTable table("lrrrrrrrrr");
  table.Add({"ms", "min", "p50", "p90", "p95", "p99", "max", "mean", "cv", "n"});
  const auto row = [](const char* name, const Summary& v) {
    return std::vector<std::string>{name,
                                    Fixed(v.min, 2),
                                    Fixed(v.p50, 2),
                                    Fixed(v.p90, 2),
                                    Fixed(v.p95, 2),
                                    Fixed(v.p99, 2),
                                    Fixed(v.max, 2),
                                    Fixed(v.mean, 2),
                                    Percent(v.cv),
                                    std::to_string(v.n)};
  };
  table.Add(row("latency", s));
  std::string text = table.Text() + Fixed(r.samples.images_per_s(), 1) + " images/s\n";
  if (r.decodes) {
    const auto images = static_cast<double>(r.samples.exit.size());
    text += "mean: decode " + Fixed(r.samples.decode_ms / images, 2) + ", preprocess " +
            Fixed(r.samples.preprocess_ms / images, 2) + ", run " + Fixed(r.samples.model_ms / images, 2) + " ms\n";
  }
  return text;
}

std::string BatchesText(const BenchReport& r) {
  TextTable table("rrrrrr");
  table.Add({"batch", "runs", "p50 ms", "p50 ms per image", "images/s", "of batch " + std::to_string(r.batch)});
  for (const BenchReport::Batch& b : r.batches) {
    const Summary s = Summarize(b.samples.run_ms);
    table.Add({std::to_string(b.batch), std::to_string(s.n), Fixed(s.p50, 3), Fixed(s.p50 / b.batch, 3),
               Fixed(b.samples.images_per_s(), 1),
               Fixed(b.samples.images_per_s() / r.samples.images_per_s(), 2) + " x"});
  }
  return table.Text();
}

std::string ExitsText(const BenchReport& r, const PlanInfo& info) {
  TextTable table("lrrrr");
  table.Add({"exit", "images", "share", "p50 ms", "FLOPs"});
  const auto images = static_cast<double>(r.samples.exit.size());
  for (const ExitInfo& exit : info.exits) {
    const Summary s = Summarize(r.samples.exit_ms[static_cast<size_t>(exit.index)]);
    table.Add({exit.name, std::to_string(s.n), Percent(static_cast<double>(s.n) / images),
               s.n > 0 ? Fixed(s.p50, 2) : "-", Scaled(exit.flops)});
  }
  return table.Text();
}

std::string SegmentsText(const BenchReport& r, const Engine& engine) {
  TextTable table("rlrrrrr");
  table.Add({"segment", "ends in exit", "steps", "p50 ms", "FLOPs", "weights", "GFLOP/s"});
  const std::vector<SegmentInfo> infos = InspectSegments(engine);
  for (size_t i = 0; i < infos.size(); ++i) {
    const Timed t = TimeOf(r.profiled.segment_ms[i]);
    const int exit = infos[i].exit;
    table.Add({std::to_string(i), exit < 0 ? "-" : engine.info().exits[static_cast<size_t>(exit)].name,
               std::to_string(infos[i].step_count), t.n > 0 ? Fixed(t.p50, 3) : "-", Scaled(infos[i].flops),
               Megabytes(infos[i].weight_bytes), t.n > 0 ? Fixed(Gigas(infos[i].flops * r.batch, t.p50), 1) : "-"});
  }
  return table.Text();
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "-" : text;
}

std::string OpsText(const BenchReport& r, const Engine& engine) {
  TextTable table("rrllrrrrrrrrll");
  table.Add({"step", "seg", "op", "implementation", "p50 ms", "share", "FLOPs", "GFLOP/s", "of peak", "bytes", "GB/s",
             "of memory", "rivals", "name"});
  const std::vector<StepInfo> steps = InspectSteps(engine);
  const double total = TotalOf(r.profiled.step_ms);
  const auto if_any = [](bool any, const std::string& text) { return any ? text : "-"; };
  for (size_t i = 0; i < steps.size(); ++i) {
    const Timed t = TimeOf(r.profiled.step_ms[i]);
    const StepInfo& s = steps[i];
    const double flops = s.flops * r.batch, bytes = s.activation_bytes * r.batch + s.weight_bytes;
    const bool ran = t.n > 0, computes = ran && flops > 0;
    const double compute_rate = Gigas(flops, t.p50), memory_rate = Gigas(bytes, t.p50);
    table.Add({std::to_string(i), std::to_string(s.segment), s.op, s.implementation, if_any(ran, Fixed(t.p50, 3)),
               Percent(t.total / total), if_any(flops > 0, Scaled(flops)), if_any(computes, Fixed(compute_rate, 1)),
               if_any(computes, Percent(compute_rate / r.peak.gflops_per_s)), Scaled(bytes),
               if_any(ran, Fixed(memory_rate, 1)), if_any(ran, Percent(memory_rate / r.peak.gbytes_per_s)),
               Joined(s.rivals), s.name});
  }
  return table.Text() + "peak: " + Fixed(r.peak.gflops_per_s, 1) + " GFLOP/s in registers, " +
         Fixed(r.peak.gbytes_per_s, 1) +
         " GB/s from memory, measured just now; a share of memory above 100 % is cache\n";
}

}  // namespace

std::string BenchJson(const BenchReport& r, const Engine& engine) {
  const PlanInfo& info = engine.info();
  const Summary s = Summarize(r.samples.run_ms);
  const auto images = static_cast<double>(r.samples.exit.size());
  const Json json = {{"identity", ToJson(r.identity)},
                     {"input", r.input},
                     {"batch", r.batch},
                     {"sessions", r.sessions},
                     {"n", s.n},
                     {"images_per_s", Round(r.samples.images_per_s(), 3)},
                     {"latency_ms",
                      {{"min", Ms(s.min)},
                       {"p50", Ms(s.p50)},
                       {"p90", Ms(s.p90)},
                       {"p95", Ms(s.p95)},
                       {"p99", Ms(s.p99)},
                       {"max", Ms(s.max)},
                       {"mean", Ms(s.mean)},
                       {"stddev", Ms(s.stddev)},
                       {"cv", Round(s.cv, 5)}}},
                     {"stages_mean_ms",
                      {{"decode", Ms(r.samples.decode_ms / images)},
                       {"preprocess", Ms(r.samples.preprocess_ms / images)},
                       {"run", Ms(r.samples.model_ms / images)}}},
                     {"load_ms", Ms(r.load_ms)},
                     {"first_answer_ms", Ms(r.first_answer_ms)},
                     {"peak_rss_mb", Round(r.peak_rss_bytes / 1e6, 3)},
                     {"plan_mb", Round(static_cast<double>(info.plan_bytes) / 1e6, 3)},
                     {"batches", BatchesJson(r)},
                     {"exits", ExitsJson(r, info)},
                     {"segments", SegmentsJson(r, engine)},
                     {"ops", OpsJson(r, engine)},
                     {"peak", r.show_ops ? Json{{"gflops_per_s", Round(r.peak.gflops_per_s, 2)},
                                                {"gbytes_per_s", Round(r.peak.gbytes_per_s, 2)}}
                                         : Json(nullptr)},
                     {"notes", Notes(r, engine)}};
  return JsonLine(json);
}

std::string BenchText(const BenchReport& r, const Engine& engine) {
  std::string text = HeadText(r, engine) + '\n' + LatencyText(r);
  if (!engine.info().exits.empty()) text += '\n' + ExitsText(r, engine.info());
  if (!r.batches.empty()) text += '\n' + BatchesText(r);
  if (r.show_segments) text += '\n' + SegmentsText(r, engine);
  if (r.show_ops) text += '\n' + OpsText(r, engine);
  const std::vector<std::string> notes = Notes(r, engine);
  if (!notes.empty()) text += '\n';
  for (const std::string& note : notes) text += "note: " + note + '\n';
  return text;
}

}  // namespace vitrt::cli
