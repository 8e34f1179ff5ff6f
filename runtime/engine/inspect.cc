#include "runtime/engine/inspect.h"

#include <algorithm>
#include <cstdio>

#include "runtime/base/check.h"
#include "runtime/base/cpus.h"
#include "runtime/base/isa.h"
#include "runtime/engine/session_impl.h"
#include "runtime/engine/tuning.h"
#include "runtime/plan/checksum.h"
#include "runtime/plan/op_descriptor.h"
#if VITRT_HAS_ONEDNN
#include "runtime/onednn/context.h"
#endif

namespace vitrt {

std::vector<StepInfo> InspectSteps(const Engine& engine) {
  const Engine::Impl& e = *engine.impl();
  std::vector<StepInfo> steps;
  for (const BoundStep& bound : e.steps) {
    StepInfo info;
    info.segment = bound.segment;
    info.op = plan::EnumNameOp(bound.step->op_type());
    if (bound.step->name() != nullptr) info.name = bound.step->name()->str();
    info.implementation = bound.implementation;
    for (const Refusal& r : bound.refusals) info.refused.push_back({r.implementation, r.reason});
    info.rivals.assign(bound.rivals.begin(), bound.rivals.end());
    if (bound.tuned != nullptr) {
      info.instead_of = bound.tuned->instead_of;
      info.tuned_ratio = bound.tuned->ratio;
      info.same_bits = bound.tuned->same_bits;
    }
    info.flops = static_cast<double>(bound.step->flops());
    for (int v : bound.inputs) {
      if (v < 0) continue;
      info.input_dims.push_back(e.values[v].dims);
      (e.values[v].constant ? info.weight_bytes : info.activation_bytes) += static_cast<double>(e.values[v].bytes());
    }
    for (int v : bound.outputs) {
      info.output_dims.push_back(e.values[v].dims);
      info.activation_bytes += static_cast<double>(e.values[v].bytes());
    }
    steps.push_back(std::move(info));
  }
  return steps;
}

std::vector<SegmentInfo> InspectSegments(const Engine& engine) {
  const Engine::Impl& e = *engine.impl();
  std::vector<SegmentInfo> segments;
  for (const BoundSegment& s : e.segments) {
    SegmentInfo info{.first_step = s.first_step, .step_count = s.step_count, .exit = s.exit, .flops = s.flops};
    for (int i = s.first_step; i < s.first_step + s.step_count; ++i) {
      for (int v : e.steps[i].inputs) {
        if (v >= 0 && e.values[v].constant) info.weight_bytes += static_cast<double>(e.values[v].bytes());
      }
    }
    for (int v : s.live) info.live_bytes += static_cast<double>(e.values[v].bytes());
    segments.push_back(info);
  }
  return segments;
}

const plan::Plan& TablesOf(const Engine& engine) { return *engine.impl()->plan.tables; }
std::span<const std::byte> WeightsOf(const Engine& engine) { return engine.impl()->plan.weights; }
std::string PrecisionOf(const Engine& engine) {
  for (const BoundStep& step : engine.impl()->steps) {
    if (plan::IsInt8(step.step->op_type())) return "int8";
  }
  return "fp32";
}
CpuFeatures FeaturesOf(const Engine& engine) { return engine.impl()->features; }
std::string MachineOf(const Engine& engine) {
  std::string features;
  for (const std::string& name : NamesOf(FeaturesOf(engine))) features += " " + name;
  std::string tune = "no tune file";
  if (TuningChangesBits(*engine.impl())) {
    const std::string text = ToJson(*engine.impl()->tune);
    char hash[17];
    std::snprintf(hash, sizeof hash, "%016llx",
                  static_cast<unsigned long long>(plan::PlainChecksum(std::as_bytes(std::span(text)))));
    tune = std::string("tune file ") + hash;
  }
  return std::string(IsaName(engine.isa())) + ", features" + (features.empty() ? " none" : features) + ", " + tune;
}

TunedFor TuneTarget(const Engine& engine) { return MadeHere(*engine.impl()); }
const std::optional<TuneFile>& TuneFileOf(const Engine& engine) { return engine.impl()->tune; }

int DefaultThreadsOf(const Engine& engine) {
  const std::optional<TuneFile>& tune = TuneFileOf(engine);
  // A process that may use fewer cores than the one that tuned gets as many as it has.
  if (tune && tune->threads > 0) return std::min(tune->threads, DefaultThreads());
  // About a millisecond of a core: with less, a thread that another program keeps waiting costs more than it saves.
  constexpr double kLeastFlops = 100e6;
  double flops = 0;
  for (const BoundSegment& segment : engine.impl()->segments) flops += segment.flops;
  return std::clamp(static_cast<int>(std::min(flops / kLeastFlops, 1e6)), 1, DefaultThreads());
}

ExitPolicy PolicyOf(const Engine& engine) { return engine.impl()->policy; }

std::string OnednnVersion() {
#if VITRT_HAS_ONEDNN
  return onednn::Version();
#else
  return "";
#endif
}

void SetObserver(Session* session, StepObserver* observer) { session->impl()->executor.set_observer(observer); }

void SetProfile(Session* session, Profile* profile) {
  Session::Impl& s = *session->impl();
  if (profile != nullptr) {
    profile->step_ms.assign(s.engine.impl()->steps.size(), 0.0);
    profile->segment_ms.assign(s.engine.impl()->segments.size(), 0.0);
  }
  s.executor.set_profile(profile);
}

Result<std::vector<float>> PreprocessOnly(Session* session, std::span<const std::byte> file) {
  Session::Impl& s = *session->impl();
  const Engine::Impl& e = *s.engine.impl();
  if (!s.preprocessor) return InvalidArgument("the plan has no preprocessing recipe: it takes tensors, not images");
  VITRT_RETURN_IF_ERROR(image::DecodeInto(file, &s.decoded));
  const int64_t channels = e.info.image.channels, positions = e.info.image.height * e.info.image.width;
  std::vector<float> out(static_cast<size_t>(channels * positions));
  float* kept = s.executor.InputImage(0);
  VITRT_RETURN_IF_ERROR(s.preprocessor->Run(s.decoded.view(), kept));
  if (!e.TurnsInput()) return std::vector<float>(kept, kept + out.size());
  e.kernels->transpose(
      {.rows = positions, .columns = channels, .x = kept, .x_ld = channels, .y = out.data(), .y_ld = positions});
  return out;
}

}  // namespace vitrt
