#include "runtime/engine/executor.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/engine/milliseconds.h"

namespace vitrt {
namespace {

// Images of a batch that go through a segment side by side. They share every panel of weights that is read; more of
// them would push each other's activations out of the cache, and a batch would cost more than its images one by one.
constexpr int kGroup = 4;

constexpr size_t kArenaAlignment = 64;

std::vector<double> FlopsOf(const std::vector<BoundSegment>& segments) {
  std::vector<double> flops;
  flops.reserve(segments.size());
  for (const BoundSegment& s : segments) flops.push_back(s.flops);
  return flops;
}

}  // namespace

Executor::Executor(const Engine::Impl& engine, int threads, bool pin, int max_batch)
    : engine_(&engine),
      team_(std::make_unique<ThreadTeam>(threads, pin)),
      max_batch_(max_batch),
      group_(std::min(max_batch, kGroup)),
      group_bytes_(AlignUp(static_cast<size_t>(group_) * engine.plan.tables->arena_bytes(), kArenaAlignment)),
      clock_(FlopsOf(engine.segments), max_batch) {}

Result<Executor> Executor::Create(const Engine::Impl& engine, int threads, bool pin, int max_batch) try {
  Executor x(engine, threads, pin, max_batch);
  const auto batch = static_cast<size_t>(max_batch);
  const auto groups = static_cast<size_t>((max_batch + x.group_ - 1) / x.group_);
  if (engine.plan.tables->arena_bytes() > std::numeric_limits<size_t>::max() / 4 / (batch + kGroup))
    return Internal("the arena does not fit the address space");
  VITRT_ASSIGN_OR_RETURN(x.arena_,
                         AlignedBuffer::Allocate(std::max(x.group_bytes_ * groups, kArenaAlignment), engine.pages));
  // Pages are touched now, not in the first run; padding lanes that kernels may read hold numbers.
  std::memset(x.arena_.data(), 0, x.arena_.size());

  size_t scratch = 64;
  for (const BoundStep& step : engine.steps) {
    for (int n : {1, x.group_}) scratch = std::max(scratch, step.op->scratch_bytes(x.team_->threads(), n));
  }
  VITRT_ASSIGN_OR_RETURN(x.scratch_, AlignedBuffer::Allocate(scratch, engine.pages));
  std::memset(x.scratch_.data(), 0, x.scratch_.size());

  const auto base = [&](int value, size_t group) -> std::byte* {
    if (value < 0) return nullptr;
    const ops::ValueDesc& desc = engine.values[value];
    if (desc.constant) return const_cast<std::byte*>(desc.constant_data);
    return x.ValueImage(value, static_cast<int>(group) * x.group_);
  };
  size_t count = 0;
  for (const BoundStep& step : engine.steps) count += step.inputs.size() + step.outputs.size();
  x.tensors_.reserve(count * groups);
  for (size_t group = 0; group < groups; ++group) {
    for (const BoundStep& step : engine.steps) {
      const ops::Tensor* inputs = x.tensors_.data() + x.tensors_.size();
      for (int v : step.inputs) x.tensors_.push_back({base(v, group)});
      const ops::Tensor* outputs = x.tensors_.data() + x.tensors_.size();
      for (int v : step.outputs) x.tensors_.push_back({base(v, group)});
      x.step_inputs_.emplace_back(inputs, step.inputs.size());
      x.step_outputs_.emplace_back(outputs, step.outputs.size());
    }
  }

  for (const ExitInfo& exit : engine.info.exits) {
    x.max_classes_ = std::max(x.max_classes_, static_cast<size_t>(exit.classes));
    x.exit_outputs_.emplace_back(batch * x.Elements(exit.index));
    x.exit_logits_.emplace_back(batch * static_cast<size_t>(exit.classes));
  }
  for (int v : engine.output_value) x.raw_outputs_.emplace_back(batch * static_cast<size_t>(engine.values[v].bytes()));
  x.exit_images_.resize(engine.info.exits.size());
  x.image_at_.resize(batch);
  x.finished_.resize(batch);
  x.predictions_.resize(batch);
  x.logits_.resize(batch * x.max_classes_);
  x.probabilities_.resize(batch * x.max_classes_);
  x.log_sums_.resize(batch * x.max_classes_);
  x.trial_.resize(x.max_classes_);
  return x;
} catch (const std::bad_alloc&) {
  return Internal("out of memory for a session");
}

// In its group's part of the arena a storage has room for the group's images, one after the other.
std::byte* Executor::StorageImage(uint32_t id, int i) const {
  const plan::Storage& storage = *engine_->plan.tables->storages()->Get(id);
  return arena_.data() + static_cast<size_t>(i / group_) * group_bytes_ +
         static_cast<size_t>(group_) * storage.offset() + static_cast<size_t>(i % group_) * storage.bytes();
}

std::byte* Executor::ValueImage(int value, int i) const {
  const plan::Value& v = *engine_->plan.tables->values()->Get(static_cast<flatbuffers::uoffset_t>(value));
  return StorageImage(v.storage(), i) + v.offset();
}

float* Executor::InputImage(int i) {
  return reinterpret_cast<float*>(ValueImage(static_cast<int>(engine_->plan.tables->input()), i));
}

// The whole of an inference: segment, decision, next segment with the images that are left.
void Executor::Run(int n, const ExitPlan& exits, Clock::time_point start) {
  const ThreadTeam::Run spinning(*team_);
  begin_ = Clock::now();
  n_ = alive_ = n;
  raw_outputs_kept_ = false;
  std::fill(exit_images_.begin(), exit_images_.end(), 0);
  for (int i = 0; i < n; ++i) {
    image_at_[i] = i;
    predictions_[i] = {};
  }
  if (profile_ != nullptr) {
    std::fill(profile_->step_ms.begin(), profile_->step_ms.end(), 0.0);
    std::fill(profile_->segment_ms.begin(), profile_->segment_ms.end(), 0.0);
  }

  const int segments = static_cast<int>(engine_->segments.size());
  for (int s = 0; s < segments; ++s) {
    if (OutOfTime(s, exits, start)) {
      for (int p = 0; p < alive_; ++p) {
        predictions_[image_at_[p]].flags |= Prediction::kDeadline;
        predictions_[image_at_[p]].ms = MsSince(begin_);
      }
      return;
    }
    RunSegment(s, exits.wanted);
    const int exit = engine_->segments[s].exit;
    if (exit < 0 || !(exits.wanted >> exit & 1)) continue;
    DecideExit(exit, exits);
    if (exits.all_exits) continue;
    if (exit == exits.last) {
      if (!(exits.wanted >> kRawOutputs & 1)) return;
      continue;  // the raw outputs of the images that came this far
    }
    if (std::find(finished_.begin(), finished_.begin() + alive_, 1) != finished_.begin() + alive_) DropFinished(s);
    if (alive_ == 0) return;
  }
  if (alive_ == n_) KeepRawOutputs();
}

void Executor::RunSegment(int segment, uint64_t wanted) {
  const BoundSegment& s = engine_->segments[segment];
  const Clock::time_point begin = Clock::now();
  for (int first = 0; first < alive_; first += group_) RunSteps(s, wanted, first);
  const Clock::time_point end = Clock::now();
  const double ms = Ms(begin, end);
  clock_.Record(segment, alive_, ms);
  if (profile_ == nullptr) return;
  profile_->segment_ms[segment] = ms;
  if (profile_->keep_spans) profile_->spans.push_back({segment, -1, alive_, begin, end});
}

// The steps of a segment for the group of images that starts at place `first`.
void Executor::RunSteps(const BoundSegment& s, uint64_t wanted, int first) {
  ops::RunContext context;
  context.n = std::min(group_, alive_ - first);
  context.team = team_.get();
  context.scratch = scratch_.data();
  const size_t of_group = static_cast<size_t>(first / group_) * engine_->steps.size();
  for (int i = s.first_step; i < s.first_step + s.step_count; ++i) {
    const BoundStep& step = engine_->steps[i];
    if (!(step.serves & wanted)) continue;
    context.inputs = step_inputs_[of_group + static_cast<size_t>(i)];
    context.outputs = step_outputs_[of_group + static_cast<size_t>(i)];
    if (observer_ != nullptr) {
      RunObserved(i, context);
    } else if (profile_ != nullptr && profile_->steps) {
      const Clock::time_point begin = Clock::now();
      step.op->Run(context);
      const Clock::time_point end = Clock::now();
      profile_->step_ms[i] += Ms(begin, end);
      if (profile_->keep_spans) profile_->spans.push_back({step.segment, i, context.n, begin, end});
    } else {
      step.op->Run(context);
    }
  }
}

void Executor::RunObserved(int step, const ops::RunContext& context) {
  const BoundStep& bound = engine_->steps[step];
  const auto bytes_of = [&](const std::vector<int>& ids, std::span<const ops::Tensor> tensors) {
    std::vector<std::span<const std::byte>> bytes;
    for (size_t i = 0; i < ids.size(); ++i) {
      const size_t size = ids[i] < 0 ? 0 : static_cast<size_t>(engine_->values[ids[i]].bytes());
      bytes.emplace_back(tensors[i].data, size);
    }
    return bytes;
  };
  observer_->Before(step, bytes_of(bound.inputs, context.inputs));
  bound.op->Run(context);
  observer_->After(step, bytes_of(bound.outputs, context.outputs));
}

void Executor::KeepRawOutputs() {
  for (size_t o = 0; o < raw_outputs_.size(); ++o) {
    const int value = engine_->output_value[o];
    const auto bytes = static_cast<size_t>(engine_->values[value].bytes());
    for (int i = 0; i < n_; ++i) {
      const std::byte* from =
          engine_->values[value].constant ? engine_->values[value].constant_data : ValueImage(value, i);
      std::memcpy(raw_outputs_[o].data() + static_cast<size_t>(i) * bytes, from, bytes);
    }
  }
  raw_outputs_kept_ = true;
}

std::span<const std::byte> Executor::RawOutput(int index) const {
  if (index < 0 || index >= static_cast<int>(raw_outputs_.size()) || !raw_outputs_kept_) return {};
  const auto bytes = static_cast<size_t>(engine_->values[engine_->output_value[index]].bytes());
  return {raw_outputs_[index].data(), bytes * static_cast<size_t>(n_)};
}

}  // namespace vitrt
