// What `vitrt tune` measured on one machine: which implementation each step of a plan takes there. A JSON file beside the
// plan. It is input: nothing in it is trusted beyond the choice among implementations that support a step.
//
//   {"vitrt_tune": 1, "vitrt": "0.1.0", "cpu": "...", "isa": "avx2", "features": ["f16c"], "onednn": "3.2.0", "plan": "...",
//    "ratio": 0.93,          time of a run with these choices over that without
//    "threads": 1,           of a session that asks for no number; 0 or absent: one a core
//    "run_on": "",           a lower instruction set that is faster; "" or absent: the one that it was made for
//    "steps": [{"index": 3, "implementation": "onednn_conv1x1", "instead_of": "own", "ratio": 0.91, "same_bits": true}]}
// "onednn" is null where no step uses it. "plan" is PlanIdentity (plan/reader.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vitrt/status.h"

namespace vitrt {

inline constexpr char kTuneStart[] = "{\"vitrt_tune\":1,";
inline constexpr size_t kMostTuneBytes = size_t{16} << 20;
inline constexpr int kMostThreads = 1024;  // of a session

// Where and for what it was measured.
struct TunedFor {
  std::string vitrt, cpu, isa, onednn, plan;  // onednn "": no step uses it
  std::vector<std::string> features;
};

struct TunedStep {
  size_t index = 0;
  std::string implementation, instead_of;
  double ratio = 1;  // time over that of instead_of
  bool same_bits = true;
};

struct TuneFile {
  TunedFor made_for;
  double ratio = 1;
  int threads = 0;
  std::string run_on;
  std::vector<TunedStep> steps;  // those that do not take their first implementation, ascending
};

// One line. Errors of the others: kBadInput, whatever the bytes are.
std::string ToJson(const TuneFile& file);
Result<TuneFile> ParseTuneFile(std::string_view text);
// nullopt: there is no such file.
Result<std::optional<TuneFile>> ReadTuneFile(const std::string& path);

// Why what was measured there does not hold here; "" if it does.
std::string Mismatch(const TunedFor& there, const TunedFor& here);

}  // namespace vitrt
