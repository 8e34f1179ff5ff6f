#include "runtime/cli/bench/sessions.h"

#include <algorithm>
#include <barrier>
#include <optional>
#include <thread>

#include "runtime/base/check.h"

namespace vitrt::cli {

Result<Lane> MakeLane(const Engine& engine, const LaneOptions& o) {
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, o.session));
  if (o.images.empty()) return Lane{std::move(session), Workload::Random(o.session.max_batch, engine)};
  VITRT_ASSIGN_OR_RETURN(Workload work, Workload::FromImages(o.images, o.session.max_batch, engine, &session));
  return Lane{std::move(session), std::move(work)};
}

Result<std::vector<Samples>> MeasureLanes(const MeasureOptions& options, const RunOptions& run,
                                          std::vector<Lane>* lanes, const Engine& engine) {
  std::vector<std::optional<Result<Samples>>> results(lanes->size());
  std::barrier start(static_cast<std::ptrdiff_t>(lanes->size()));
  const auto measure = [&](size_t i) {
    MeasureOptions own = options;
    own.shown = options.shown && i == 0;
    start.arrive_and_wait();
    results[i] = Measure(own, run, &(*lanes)[i].work, &(*lanes)[i].session, engine);
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < lanes->size(); ++i) threads.emplace_back(measure, i);
  measure(0);
  for (std::thread& thread : threads) thread.join();
  std::vector<Samples> all;
  for (auto& result : results) {
    VITRT_ASSIGN_OR_RETURN(Samples samples, std::move(*result));
    all.push_back(std::move(samples));
  }
  return all;
}

Samples Together(const std::vector<Samples>& samples) {
  Samples all = samples.front();
  const auto append = [](auto* to, const auto& from) { to->insert(to->end(), from.begin(), from.end()); };
  for (size_t s = 1; s < samples.size(); ++s) {
    append(&all.run_ms, samples[s].run_ms);
    append(&all.exit, samples[s].exit);
    for (size_t e = 0; e < all.exit_ms.size(); ++e) append(&all.exit_ms[e], samples[s].exit_ms[e]);
    all.decode_ms += samples[s].decode_ms;
    all.preprocess_ms += samples[s].preprocess_ms;
    all.model_ms += samples[s].model_ms;
    all.seconds = std::max(all.seconds, samples[s].seconds);
  }
  return all;
}

}  // namespace vitrt::cli
