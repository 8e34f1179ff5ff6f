#include "runtime/engine/tuning.h"

#include <algorithm>
#include <utility>

#include "runtime/base/cpu_model.h"
#include "runtime/base/isa.h"
#if VITRT_HAS_ONEDNN
#include "runtime/onednn/context.h"
#endif

namespace vitrt {

TunedFor MadeHere(const Engine::Impl& e) {
  TunedFor here;
  here.vitrt = VITRT_ENGINE_VERSION;
  here.cpu = CpuModel();
  here.isa = IsaName(e.isa);
  here.features = NamesOf(e.features);
  here.plan = e.plan_identity;
#if VITRT_HAS_ONEDNN
  if (e.onednn_refusal.empty()) here.onednn = onednn::Version();
#endif
  return here;
}

void TakeTuneFile(const std::string& path, Engine::Impl* e) {
  const auto ignore = [&](const std::string& why) { e->info.tune_note = path + " is not used: " + why; };
  Result<std::optional<TuneFile>> file = ReadTuneFile(path);
  if (!file.ok()) return ignore(file.status().what());
  if (!*file) return;
  TunedFor there = (*file)->made_for;
  const std::string before = e->onednn_refusal;
  if (!there.onednn.empty() && !e->onednn_refusal.empty()) {
    TunedFor without = MadeHere(*e);
    without.onednn = there.onednn;
    if (const std::string why = Mismatch(there, without); !why.empty()) return ignore(why);  // nothing is loaded for it
    e->onednn_refusal = OneDnnRefusal(e->isa, e->features);
    if (!e->onednn_refusal.empty()) return ignore("its steps need oneDNN: " + std::exchange(e->onednn_refusal, before));
  }
  TunedFor here = MadeHere(*e);
  if (there.onednn.empty()) here.onednn.clear();
  if (const std::string why = Mismatch(there, here); !why.empty()) {
    e->onednn_refusal = before;
    return ignore(why);
  }
  const std::optional<Isa> lower = ParseIsa((*file)->run_on);
  if (!(*file)->run_on.empty() && (!lower || *lower >= e->isa || !(*file)->steps.empty())) {
    e->onednn_refusal = before;
    return ignore("damaged");
  }
  e->tune = std::move(*file);
  if (lower) e->isa = *lower;
}

bool TuningChangesBits(const Engine::Impl& e) {
  return e.tune &&
         std::any_of(e.tune->steps.begin(), e.tune->steps.end(), [](const TunedStep& step) { return !step.same_bits; });
}

}  // namespace vitrt
