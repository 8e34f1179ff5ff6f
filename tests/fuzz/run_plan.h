// A plan in memory through load and run: refused as kBadPlan or kUnsupported, or it runs.
#pragma once

#include "runtime/base/aligned_buffer.h"
#include "tests/fuzz/harness.h"
#include "vitrt/session.h"

namespace vitrt::fuzz {

inline void LoadAndRun(const AlignedBuffer& file) {
  constexpr uint64_t kMostArena = uint64_t{64} << 20;
  constexpr double kMostFlops = 1e8;
  const auto engine = Engine::FromMemory(file.span(), {.use_onednn = false});
  if (!engine.ok()) {
    Require(engine.status().code() == StatusCode::kBadPlan || engine.status().code() == StatusCode::kUnsupported);
    return;
  }
  const PlanInfo& info = engine->info();
  if (info.arena_bytes_per_image > kMostArena) return;
  for (const ExitInfo& exit : info.exits) {
    if (!(exit.flops < kMostFlops)) return;
  }
  auto session = Session::Create(*engine, {.threads = 1});
  if (!session.ok()) return;  // a recipe that cannot give the input
  size_t elements = 1;
  for (const int64_t d : info.input.dims) elements *= static_cast<size_t>(d);
  const std::vector<float> input(elements, 0.5f);
  Require(session->RunTensor(input, 1).ok());
}

}  // namespace vitrt::fuzz
