// Prints the tables of bench/results/promises.md: simulated calibrations of known risk, and simulated lines.
//   bench_promises [CALIBRATIONS] [LINES] [FIRST]      default: 2,000 and 1,000
// FIRST, 1 to 16: the row of the first table to begin with, where a run was interrupted; a row is the same in any run.
#include <cstdio>
#include <cstdlib>

#include "bench/promises/simulate.h"

namespace vitrt::simulation {
namespace {

void PrintCalibrations(int count, uint64_t first) {
  std::printf(
      "| exits | path | promises | calibrations | with early exits | broken | share, 95 %% interval | stated |\n"
      "|---|---|---|---|---|---|---|---|\n");
  const struct {
    const char* name;
    Exits kind;
  } kinds[] = {{"calibrated", Exits::kCalibrated},
               {"overconfident", Exits::kOverconfident},
               {"the first never agrees", Exits::kUseless},
               {"a cliff a hair above the rate", Exits::kCliff}};
  uint64_t row = 0;
  for (const auto& kind : kinds) {
    for (const bool fitted : {false, true}) {
      for (const bool two : {false, true}) {
        if (++row < first) continue;
        const Broken b =
            Calibrate({.kind = kind.kind, .fitted = fitted, .two_promises = two, .count = count, .seed = row});
        std::printf("| %s | %s | %s | %lld | %lld | %lld | %.2f %% (%.2f - %.2f) | 5 %% |\n", kind.name,
                    fitted ? "fitted" : "common", two ? "disagreement, one class" : "disagreement",
                    static_cast<long long>(b.calibrations), static_cast<long long>(b.certified_early),
                    static_cast<long long>(b.broken),
                    100.0 * static_cast<double>(b.broken) / static_cast<double>(b.calibrations), 100 * b.low,
                    100 * b.high);
        std::fflush(stdout);
      }
    }
  }
}

void PrintLines(int lines) {
  std::printf(
      "\n| promised | rate of the line | samples | lines | alarms | samples to the alarm: median, 90 %% |\n"
      "|---|---|---|---|---|---|\n");
  constexpr double kLevel = 0.01;
  constexpr int64_t kLong = 20000, kChange = 5000;
  uint64_t seed = 1;
  for (const double promised : {0.005, 0.01, 0.02, 0.05}) {
    const auto row = [&](const char* what, int64_t change, double before, double after) {
      const Alarms a = Watch(lines, kLong, change, promised, before, after, kLevel, seed++);
      std::printf("| %.1f %% | %s | %lld | %lld | %lld (%.1f %%) |", 100 * promised, what,
                  static_cast<long long>(kLong), static_cast<long long>(a.lines), static_cast<long long>(a.alarms),
                  100.0 * static_cast<double>(a.alarms) / static_cast<double>(a.lines));
      if (a.alarms > 0 && after > promised) {
        std::printf(" %lld, %lld |\n", static_cast<long long>(a.median_delay), static_cast<long long>(a.p90_delay));
      } else {
        std::printf(" |\n");
      }
      std::fflush(stdout);
    };
    row("as promised", kLong, promised, promised);
    row("half of it", kLong, promised / 2, promised / 2);
    row("doubled from the start", 0, promised, 2 * promised);
    row("as promised, doubled after 5,000 samples", kChange, promised, 2 * promised);
    row("half of it, twice the promise after 5,000 samples", kChange, promised / 2, 2 * promised);
    row("five times from the start", 0, promised, 5 * promised);
  }
}

}  // namespace
}  // namespace vitrt::simulation

int main(int argc, char** argv) {
  const int calibrations = argc > 1 ? std::atoi(argv[1]) : 2000, lines = argc > 2 ? std::atoi(argv[2]) : 1000;
  const int first = argc > 3 ? std::atoi(argv[3]) : 1;
  if (calibrations > 0) vitrt::simulation::PrintCalibrations(calibrations, static_cast<uint64_t>(first));
  if (lines > 0) vitrt::simulation::PrintLines(lines);
  return 0;
}
