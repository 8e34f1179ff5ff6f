#include "runtime/cli/bench/trace.h"

#include <algorithm>
#include <chrono>

#include "runtime/engine/inspect.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr int kSegmentTrack = 1, kStepTrack = 2;

Json TrackName(int track, const char* name) {
  return {{"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", track}, {"args", {{"name", name}}}};
}

Json EventOf(const ProfileSpan& span, Clock::time_point start, const std::vector<StepInfo>& steps,
             const std::vector<SegmentInfo>& segments, const PlanInfo& info) {
  using Microseconds = std::chrono::duration<double, std::micro>;
  const bool whole = span.step < 0;
  Json args = {{"images", span.images}};
  std::string name;
  if (whole) {
    const int exit = segments[static_cast<size_t>(span.segment)].exit;
    name = "segment " + std::to_string(span.segment);
    args["exit"] = exit < 0 ? Json() : Json(info.exits[static_cast<size_t>(exit)].name);
  } else {
    const StepInfo& step = steps[static_cast<size_t>(span.step)];
    name = step.op;
    args["step"] = span.step;
    args["name"] = step.name;
    args["implementation"] = step.implementation;
    args["flops"] = step.flops * span.images;
  }
  return {{"name", name},
          {"cat", whole ? "segment" : "step"},
          {"ph", "X"},
          {"ts", Microseconds(span.begin - start).count()},
          {"dur", Microseconds(span.end - span.begin).count()},
          {"pid", 1},
          {"tid", whole ? kSegmentTrack : kStepTrack},
          {"args", args}};
}

}  // namespace

std::string TraceJson(const std::vector<ProfileSpan>& spans, const Engine& engine, const BenchIdentity& identity) {
  const std::vector<StepInfo> steps = InspectSteps(engine);
  const std::vector<SegmentInfo> segments = InspectSegments(engine);
  Clock::time_point start = spans.empty() ? Clock::time_point() : spans.front().begin;
  for (const ProfileSpan& span : spans) start = std::min(start, span.begin);
  Json events = {TrackName(kSegmentTrack, "segments"), TrackName(kStepTrack, "steps")};
  for (const ProfileSpan& span : spans) events.push_back(EventOf(span, start, steps, segments, engine.info()));
  return line::JsonLine({{"displayTimeUnit", "ms"}, {"otherData", ToJson(identity)}, {"traceEvents", events}});
}

}  // namespace vitrt::cli
