#include "runtime/c/options.h"

#include <cmath>
#include <string>

#include "runtime/base/check.h"

namespace vitrt::c {

Result<EngineOptions> ToEngineOptions(const vitrt_engine_options* given) {
  VITRT_ASSIGN_OR_RETURN(const vitrt_engine_options o, Whole(given, "vitrt_engine_options"));
  if (o.max_isa < VITRT_ISA_DEFAULT || o.max_isa > VITRT_ISA_AVX512) return InvalidArgument("unknown tier", "max_isa");
  if ((o.flags & ~uint32_t{VITRT_NO_MMAP | VITRT_TRUST_WEIGHTS | VITRT_NO_ONEDNN | VITRT_HUGE_PAGES | VITRT_ONEDNN}) !=
      0) {
    return InvalidArgument("unknown flags", "vitrt_engine_options");
  }
  EngineOptions options;
  if (o.max_isa != VITRT_ISA_DEFAULT) options.max_isa = static_cast<Isa>(o.max_isa - VITRT_ISA_SSE41);
  options.mmap = (o.flags & VITRT_NO_MMAP) == 0;
  options.verify_weights = (o.flags & VITRT_TRUST_WEIGHTS) == 0;
  options.use_onednn = (o.flags & (VITRT_ONEDNN | VITRT_NO_ONEDNN)) == VITRT_ONEDNN;
  options.huge_pages = (o.flags & VITRT_HUGE_PAGES) != 0;
  if (o.tune_file != nullptr) options.tune_file = o.tune_file;
  return options;
}

Result<SessionOptions> ToSessionOptions(const vitrt_session_options* given) {
  VITRT_ASSIGN_OR_RETURN(const vitrt_session_options o, Whole(given, "vitrt_session_options"));
  SessionOptions options;
  options.threads = o.threads;
  options.pin = o.pin != 0;
  if (o.max_batch != 0) options.max_batch = o.max_batch;
  return options;
}

Result<RunOptions> ToRunOptions(const vitrt_run_options* given, const PlanInfo& info) {
  VITRT_ASSIGN_OR_RETURN(const vitrt_run_options o, Whole(given, "vitrt_run_options"));
  RunOptions options;
  if (o.policy < VITRT_POLICY_DEFAULT || o.policy > VITRT_POLICY_GEOMETRIC_MEAN) {
    return InvalidArgument("unknown policy", "vitrt_run_options");
  }
  if (o.policy != VITRT_POLICY_DEFAULT) options.policy = static_cast<ExitPolicy>(o.policy - VITRT_POLICY_MAX_PROB);
  const size_t exits = info.exits.size();
  if (o.threshold_count > exits || o.enabled_count > exits) {
    return InvalidArgument("more thresholds or enable flags than exits (" + std::to_string(exits) + ")",
                           "vitrt_run_options");
  }
  if ((o.thresholds == nullptr && o.threshold_count > 0) || (o.enabled == nullptr && o.enabled_count > 0)) {
    return InvalidArgument("a count without an array", "vitrt_run_options");
  }
  options.thresholds.resize(o.threshold_count);
  for (size_t k = 0; k < o.threshold_count; ++k) {
    if (!std::isnan(o.thresholds[k])) options.thresholds[k] = o.thresholds[k];
  }
  options.enabled.resize(o.enabled_count);
  for (size_t k = 0; k < o.enabled_count; ++k) {
    if (o.enabled[k] != 0) options.enabled[k] = o.enabled[k] > 0;
  }
  if (o.exit != nullptr) {
    options.force_exit = ExitNamed(o.exit, info.exits);
    if (!options.force_exit) return InvalidArgument("no exit is called '" + std::string(o.exit) + "'", "exit");
  }
  if (o.deadline_ms != 0) options.deadline_ms = o.deadline_ms;
  options.all_exits = o.all_exits != 0;
  options.measure_input = o.measure_input != 0;
  return options;
}

Result<ImageView> ToImageView(const vitrt_frame* frame) {
  if (frame == nullptr) return InvalidArgument("no frame");
  VITRT_ASSIGN_OR_RETURN(const vitrt_frame f, Whole(frame, "vitrt_frame"));
  if (f.format < VITRT_GRAY8 || f.format > VITRT_RGB16) return InvalidArgument("unknown pixel format", "vitrt_frame");
  return ImageView{.data = f.data,
                   .width = f.width,
                   .height = f.height,
                   .stride = f.stride,
                   .format = static_cast<PixelFormat>(f.format),
                   .bits = f.bits};
}

}  // namespace vitrt::c
