// The immutable half: a checked plan and its steps, bound to this machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/cpu_features.h"
#include "runtime/base/file_bytes.h"
#include "runtime/engine/tune_file.h"
#include "runtime/image/preprocess.h"
#include "runtime/kernels/kernel_table.h"
#include "runtime/ops/op_impl.h"
#include "runtime/plan/reader.h"
#include "vitrt/engine.h"

namespace vitrt {

// Why an implementation before the chosen one was not taken.
struct Refusal {
  std::string implementation, reason;
};

struct BoundStep {
  const plan::Step* step = nullptr;
  std::unique_ptr<ops::BoundOp> op;
  const char* implementation = "";
  std::vector<Refusal> refusals;
  std::vector<const char*> rivals;   // other implementations that support the step
  const TunedStep* tuned = nullptr;  // entry of the tune file that chose it; nullptr: none, the first that fits
  std::vector<int> inputs, outputs;  // value indices, -1 = absent
  int segment = 0;
  // Bit k: exit k needs this step (it is an ancestor of the exit's logits); bit kRawOutputs: a raw output does.
  uint64_t serves = 0;
};

inline constexpr int kMaxExits = 63;
inline constexpr int kRawOutputs = 63;

struct BoundSegment {
  int first_step = 0, step_count = 0;
  int exit = -1;                // -1: ends in raw outputs only
  std::vector<int> live;        // values that later segments read
  std::vector<uint32_t> moved;  // their storages: what moves when a batch loses images
  double flops = 0;
};

struct Engine::Impl {
  explicit Impl(const EngineOptions& options) : pages(options.huge_pages ? Pages::kHuge : Pages::kNormal) {}

  Pages pages;  // of the plan and of the memory of sessions
  FileBytes file;
  plan::PlanView plan;
  PlanInfo info;
  Isa isa = Isa::kSse41;
  CpuFeatures features;  // of the machine, usable in that tier and not masked
  const kernels::KernelTable* kernels = nullptr;
  std::string plan_identity;                                // PlanIdentity of the file
  std::optional<TuneFile> tune;                             // taken up
  std::string onednn_refusal = "oneDNN was not asked for";  // empty: it takes part
  std::vector<ops::ValueDesc> values;
  std::vector<BoundStep> steps;
  std::vector<BoundSegment> segments;
  std::vector<int> exit_value;    // value index of each exit's logits
  std::vector<int> output_value;  // of each raw output
  ExitPolicy policy = ExitPolicy::kMaxProb;
  bool has_recipe = false;
  image::Recipe recipe;

  // Whether a tensor in the model's own layout is [c, h, w] where the arena has [h, w, c].
  bool TurnsInput() const { return plan.tables->input_channels_last() && !plan.tables->model_channels_last(); }
};

// Why oneDNN cannot take part; "": it can. Loads it. engine.cc.
std::string OneDnnRefusal(Isa isa, CpuFeatures features);

// Fills values, steps and segments of `engine` from its plan. bind.cc.
Status BindPlan(Engine::Impl* engine);

}  // namespace vitrt
