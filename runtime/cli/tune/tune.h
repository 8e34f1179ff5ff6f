// The work of `vitrt tune`: every implementation of every step, timed in plan order, and the choice that follows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/command.h"
#include "runtime/engine/tune_file.h"
#include "runtime/line/statistics/statistics.h"

namespace vitrt::cli {

struct TuneOptions {
  std::string plan, out;
  double duration = 10;    // seconds of timing steps, and again of timing whole runs
  int64_t iterations = 0;  // not 0: so many rounds instead
  bool any_bits = false;
  CommonOptions common;
};

// A step that another implementation supports too.
struct TuneCandidate {
  size_t step = 0;
  std::string op, name, first, other;  // implementations: without tuning, and the one in question
  MedianInterval ratio;                // time of `other` over that of `first`, round by round
  std::optional<bool> same_bits;       // of all outputs, for batches and thread counts; only where it is faster
  bool chosen = false;
};

struct TuneReport {
  size_t steps = 0;
  int threads = 1;
  int64_t rounds = 0;
  std::string onednn_refusal;  // "": it took part
  std::vector<TuneCandidate> candidates;
  std::optional<MedianInterval>
      whole;             // time of a run with the choices over that without; none where nothing is chosen
  bool dropped = false;  // the choices did not make the whole faster, and are not written
  struct Tier {
    std::string isa;
    MedianInterval ratio;  // time over that of the tier in use
  };
  std::vector<Tier> tiers;  // lower ones; only with any_bits, because they change bits
  struct Threads {
    int threads = 1;
    double p50_ms = 0;
  };
  std::vector<Threads> by_threads;  // of the plan as tuned, on the tier that is chosen
  TuneFile file;
};

// A step takes another implementation, and with --any-bits the plan a lower tier, where it is faster by this share at least,
// with 95 % confidence. Of thread counts the smallest is chosen that is within this share of the fastest.
inline constexpr double kLeastGain = 0.03;

Result<TuneReport> Tune(const TuneOptions& options);

std::string TuneJson(const TuneOptions& options, const TuneReport& report);
std::string TuneText(const TuneOptions& options, const TuneReport& report);

}  // namespace vitrt::cli
