// The exits of one run: plan defaults and the caller's overrides, checked and merged.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/engine/engine_impl.h"
#include "vitrt/exit.h"

namespace vitrt {

struct ExitPlan {
  ExitPolicy policy = ExitPolicy::kMaxProb;
  std::array<float, kMaxExits> threshold{};
  uint64_t may_decide = 0;  // bit k: exit k is tried
  int last = -1;            // the exit that always decides; -1: a plan without exits
  uint64_t wanted = 0;      // what must be computed, in the bits of BoundStep::serves
  bool all_exits = false;
  double deadline_ms = 0;  // 0: none
};

// Errors: kInvalidArgument (sizes, NaN, an exit that does not exist, a deadline <= 0 or beside a forced exit or
// all_exits).
Result<ExitPlan> PlanExits(const Engine::Impl& engine, const RunOptions& options);

}  // namespace vitrt
