#include "runtime/engine/machine_peak.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "runtime/base/aligned_buffer.h"
#include "runtime/base/check.h"
#include "runtime/base/thread_team.h"
#include "runtime/engine/engine_impl.h"

namespace vitrt {
namespace {

constexpr int kTries = 5;  // the best counts: what the machine can do, not what it was left to do

template <typename F>  // f() does `amount`; the best rate of some tries, per second
double BestRate(F&& f, double amount) {
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, amount / seconds.count());
  }
  return best;
}

}  // namespace

Result<MachinePeak> MeasurePeak(const Engine& engine, int threads) {
  const kernels::KernelTable& table = *engine.impl()->kernels;
  ThreadTeam team(threads);
  const ThreadTeam::Run spinning(team);
  MachinePeak peak;

  constexpr int64_t kIterations = 500000;  // some milliseconds
  const double flops = table.peak(1) * static_cast<double>(kIterations * team.threads());
  const auto compute = [&] {
    team.For(team.threads(), 1, [&](int64_t begin, int64_t end, int) { table.peak(kIterations * (end - begin)); });
  };
  peak.gflops_per_s = BestRate(compute, flops) * 1e-9;

  // 128 MiB, more than most caches, as matrices that are narrow enough to be read in one pass.
  constexpr int64_t kColumns = 16, kRows = 512, kParts = 4096;
  VITRT_ASSIGN_OR_RETURN(const AlignedBuffer buffer, AlignedBuffer::Allocate(kParts * kRows * kColumns * 4));
  std::memset(buffer.data(), 0, buffer.size());
  const auto read = [&] {
    team.For(kParts, 1, [&](int64_t begin, int64_t end, int) {
      float sums[kColumns];
      for (int64_t part = begin; part < end; ++part) {
        table.column_reduce({.rows = kRows,
                             .channels = kColumns,
                             .x = reinterpret_cast<const float*>(buffer.data()) + part * kRows * kColumns,
                             .x_ld = kColumns,
                             .scale = 1,
                             .y = sums});
      }
    });
  };
  peak.gbytes_per_s = BestRate(read, static_cast<double>(buffer.size())) * 1e-9;
  return peak;
}

}  // namespace vitrt
