// Runs as a trace that chrome://tracing and ui.perfetto.dev show (Trace Event Format, complete events).
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/bench/identity.h"
#include "runtime/engine/profile.h"

namespace vitrt::cli {

inline constexpr char kTraceStart[] = "{\"displayTimeUnit\":\"ms\"";
inline constexpr int kTracedRuns = 20;

// One line of JSON: segments on one track, their steps on a second. Times in microseconds from the first span on.
std::string TraceJson(const std::vector<ProfileSpan>& spans, const Engine& engine, const BenchIdentity& identity);

}  // namespace vitrt::cli
