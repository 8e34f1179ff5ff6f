// What the command line may see of an engine and a session, beyond the public API.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/cpu_features.h"
#include "runtime/engine/profile.h"
#include "runtime/engine/step_observer.h"
#include "runtime/engine/tune_file.h"
#include "runtime/plan/reader.h"
#include "vitrt/session.h"

namespace vitrt {

struct StepInfo {
  int segment = 0;
  std::string op, name;                                       // "Linear", "blocks.3.mlp.fc1"
  std::vector<std::vector<int64_t>> input_dims, output_dims;  // of one image; an absent input has no entry
  std::string implementation;                                 // the chosen one
  struct Refused {
    std::string implementation, reason;
  };
  std::vector<Refused> refused;     // implementations before it in the list, and why not
  std::vector<std::string> rivals;  // other implementations that support the step
  std::string instead_of;           // the implementation that a tune file replaced; "": none
  double tuned_ratio = 1;           // its time over that of `instead_of`, as the tune file says
  bool same_bits = true;            // as the tune file says
  double flops = 0;                 // of one image
  double activation_bytes = 0;      // read and written, of one image
  double weight_bytes = 0;          // constants read
};

struct SegmentInfo {
  int first_step = 0, step_count = 0;
  int exit = -1;
  double flops = 0, weight_bytes = 0;
  double live_bytes = 0;  // of one image, read by later segments
};

std::vector<StepInfo> InspectSteps(const Engine& engine);
std::vector<SegmentInfo> InspectSegments(const Engine& engine);
const plan::Plan& TablesOf(const Engine& engine);
std::span<const std::byte> WeightsOf(const Engine& engine);
// "int8" where a layer computes on 8-bit integers, else "fp32".
std::string PrecisionOf(const Engine& engine);
CpuFeatures FeaturesOf(const Engine& engine);
ExitPolicy PolicyOf(const Engine& engine);
// What a tune file made here would be for, and the one in use.
TunedFor TuneTarget(const Engine& engine);
const std::optional<TuneFile>& TuneFileOf(const Engine& engine);
// Of a session that asks for no number: what the tune file says, or one for each core that has work enough.
int DefaultThreadsOf(const Engine& engine);
// What decides the last bits of results: "avx512, features f16c avx512vnni, no tune file"; a tune file that changes no
// bits counts as none.
std::string MachineOf(const Engine& engine);
std::string OnednnVersion();  // "" where it is not compiled in or cannot be loaded

// From now on the session's runs fill `profile` (vectors sized here) until nullptr is given. The caller owns it.
void SetProfile(Session* session, Profile* profile);

// From now on the session's runs show every step to `observer` until nullptr is given. The caller owns it.
void SetObserver(Session* session, StepObserver* observer);

// Preprocesses as RunFile does and gives the tensor in the model's own layout, [c, h, w].
Result<std::vector<float>> PreprocessOnly(Session* session, std::span<const std::byte> file);

}  // namespace vitrt
