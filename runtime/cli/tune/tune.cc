#include "runtime/cli/tune/tune.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/cpus.h"
#include "runtime/base/isa.h"
#include "runtime/base/os/path.h"
#include "runtime/base/os/process.h"
#include "runtime/cli/bench/run.h"
#include "runtime/cli/tune/rounds.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/files/output_file.h"

namespace vitrt::cli {
namespace {

constexpr char kReference[] = "reference";  // plain loops for comparison, never the fastest

// A tune file while it is tried.
class Trial {
 public:
  Trial()
      : path_(os::NameOf(std::filesystem::temp_directory_path() / ("vitrt_tune_" + std::to_string(os::ProcessId())))) {}
  ~Trial() {
    std::error_code ignored;
    std::filesystem::remove(os::PathOf(path_), ignored);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  // The plan as `file` has it, as far as its implementations can be bound here.
  Result<Engine> Load(const TuneFile& file, const std::string& plan, EngineOptions options) const {
    const std::string text = ToJson(file);
    VITRT_RETURN_IF_ERROR(WriteFile(path_, std::as_bytes(std::span(text))));
    options.tune_file = path_;
    return Engine::Load(plan, options);
  }

 private:
  std::string path_;
};

class Tuner {
 public:
  Tuner(const TuneOptions& o, const Engine& untuned, const Engine& with_all, EngineOptions options)
      : o_(o), untuned_(untuned), options_(std::move(options)), target_(TuneTarget(with_all)) {
    report_.threads = ThreadsUsed(o.common);
    ListCandidates(InspectSteps(untuned), InspectSteps(with_all));
  }

  Result<TuneReport> Run() {
    VITRT_RETURN_IF_ERROR(TimeSteps());
    VITRT_RETURN_IF_ERROR(CompareBits());
    VITRT_RETURN_IF_ERROR(TimeWhole());
    VITRT_ASSIGN_OR_RETURN(Engine tuned, Load(&TuneCandidate::chosen));
    report_.file = FileOf(&TuneCandidate::chosen);
    report_.file.ratio = report_.whole && !report_.dropped ? report_.whole->median : 1;
    if (o_.any_bits) {
      VITRT_RETURN_IF_ERROR(TimeTiers(tuned));
      ChooseTier();
    }
    VITRT_ASSIGN_OR_RETURN(tuned, trial_.Load(report_.file, o_.plan, options_));
    VITRT_RETURN_IF_ERROR(TimeThreads(tuned));
    ChooseThreads();
    return report_;
  }

 private:
  void ListCandidates(const std::vector<StepInfo>& now, const std::vector<StepInfo>& all) {
    report_.steps = now.size();
    for (size_t i = 0; i < now.size(); ++i) {
      for (const std::string& rival : all[i].rivals) {
        if (rival == kReference) continue;
        report_.candidates.push_back({i, now[i].op, now[i].name, now[i].implementation, rival, {}, {}, false});
      }
      for (const StepInfo::Refused& r : all[i].refused) {
        if (r.implementation.starts_with("onednn") && report_.onednn_refusal.empty()) report_.onednn_refusal = r.reason;
      }
    }
  }

  // The choice of those candidates for which `taken` holds.
  template <typename Taken>
  TuneFile FileOf(Taken taken) const {
    TuneFile file;
    file.made_for = target_;
    bool onednn = false;
    for (const TuneCandidate& c : report_.candidates) {
      if (!std::invoke(taken, c)) continue;
      file.steps.push_back({c.step, c.other, c.first, c.ratio.median, c.same_bits.value_or(false)});
      onednn |= c.other.starts_with("onednn");
    }
    if (!onednn) file.made_for.onednn.clear();
    return file;
  }
  template <typename Taken>
  Result<Engine> Load(Taken taken) const {
    return trial_.Load(FileOf(taken), o_.plan, options_);
  }

  // Each step's first other implementation together, then the second, ...: all of them with neighbours in the cache.
  Status TimeSteps() {
    for (bool more = true; more;) {
      more = false;
      std::vector<TuneCandidate*> now;
      for (TuneCandidate& c : report_.candidates) {
        if (c.ratio.median != 0) continue;
        if (!now.empty() && now.back()->step == c.step) {
          more = true;
        } else {
          now.push_back(&c);
        }
      }
      if (now.empty()) return {};
      VITRT_ASSIGN_OR_RETURN(const Engine other, Load([&](const TuneCandidate& c) {
                               return std::find(now.begin(), now.end(), &c) != now.end();
                             }));
      if (DropUnbound(other, now)) {
        more = true;
        continue;
      }
      VITRT_ASSIGN_OR_RETURN(const Rounds rounds, RunRounds({.what = "steps",
                                                             .seconds = o_.duration,
                                                             .iterations = o_.iterations,
                                                             .threads = report_.threads,
                                                             .steps = true},
                                                            untuned_, other));
      report_.rounds = static_cast<int64_t>(rounds.run_ratio.size());
      for (TuneCandidate* c : now) {
        const std::vector<double>& ratios = rounds.step_ratio[c->step];
        c->ratio = ratios.empty() ? MedianInterval{1, std::nan(""), std::nan("")} : MedianOf(ratios);
        c->chosen = c->ratio.at_most < 1 - kLeastGain;
      }
    }
    return {};
  }

  // An implementation that supports a step may still fail to bind on this machine. True if there was one.
  bool DropUnbound(const Engine& other, const std::vector<TuneCandidate*>& tried) {
    const std::vector<StepInfo> steps = InspectSteps(other);
    std::set<std::pair<size_t, std::string>> unbound;
    for (const TuneCandidate* c : tried) {
      if (steps[c->step].implementation != c->other) unbound.emplace(c->step, c->other);
    }
    std::erase_if(report_.candidates, [&](const TuneCandidate& c) { return unbound.count({c.step, c.other}) > 0; });
    return !unbound.empty();
  }

  std::vector<int> ThreadCounts() const {
    std::vector<int> counts;
    for (int n = 1; n < DefaultThreads(); n *= 2) counts.push_back(n);
    counts.push_back(DefaultThreads());
    return counts;
  }

  // Marks candidates that keep the outputs' bits; without --any-bits drops the others. Tests all chosen ones together
  // first, because mostly all of them keep the bits.
  Status CompareBits() {
    KeepFastest();
    if (!AnyChosen()) return {};
    const std::vector<int> threads = ThreadCounts();
    VITRT_ASSIGN_OR_RETURN(const Engine all, Load(&TuneCandidate::chosen));
    VITRT_ASSIGN_OR_RETURN(const bool same, SameBits(untuned_, all, threads));
    for (TuneCandidate& c : report_.candidates) {
      if (!c.chosen) continue;
      c.same_bits = same;
      if (same) continue;
      VITRT_ASSIGN_OR_RETURN(const Engine one, Load([&](const TuneCandidate& other) { return &other == &c; }));
      VITRT_ASSIGN_OR_RETURN(c.same_bits, SameBits(untuned_, one, threads));
      c.chosen = *c.same_bits || o_.any_bits;
    }
    return {};
  }

  // One choice a step.
  void KeepFastest() {
    for (TuneCandidate& c : report_.candidates) {
      for (const TuneCandidate& other : report_.candidates) {
        if (&c != &other && c.step == other.step && other.chosen && other.ratio.median < c.ratio.median)
          c.chosen = false;
      }
    }
  }
  bool AnyChosen() const {
    return std::any_of(report_.candidates.begin(), report_.candidates.end(),
                       [](const TuneCandidate& c) { return c.chosen; });
  }

  // The choice is dropped unless the upper bound of the whole run's time ratio is below 1.
  Status TimeWhole() {
    if (!AnyChosen()) return {};
    VITRT_ASSIGN_OR_RETURN(const Engine tuned, Load(&TuneCandidate::chosen));
    VITRT_ASSIGN_OR_RETURN(report_.whole, RatioOf("whole runs", o_.duration, untuned_, tuned));
    report_.dropped = !(report_.whole->at_most < 1);
    if (!report_.dropped) return {};
    for (TuneCandidate& c : report_.candidates) c.chosen = false;
    return {};
  }

  Result<MedianInterval> RatioOf(const char* what, double seconds, const Engine& a, const Engine& b) const {
    VITRT_ASSIGN_OR_RETURN(
        const Rounds rounds,
        RunRounds({.what = what, .seconds = seconds, .iterations = o_.iterations, .threads = report_.threads}, a, b));
    return MedianOf(rounds.run_ratio);
  }

  Status TimeThreads(const Engine& tuned) {
    for (const int threads : ThreadCounts()) {
      VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(tuned, {.threads = threads}));
      Workload work = Workload::Random(1, tuned);
      RunOptions run;
      run.all_exits = true;
      VITRT_ASSIGN_OR_RETURN(const Samples samples,
                             Measure({.what = "threads", .seconds = o_.duration / 10, .iterations = o_.iterations}, run,
                                     &work, &session, tuned));
      report_.by_threads.push_back({threads, Summarize(samples.run_ms).p50});
    }
    return {};
  }

  Status TimeTiers(const Engine& tuned) {
    for (const Isa isa : kIsas) {
      if (isa >= tuned.isa()) continue;
      EngineOptions options = options_;
      options.max_isa = isa;
      options.tune_file = "";
      VITRT_ASSIGN_OR_RETURN(const Engine lower, Engine::Load(o_.plan, options));
      VITRT_ASSIGN_OR_RETURN(const MedianInterval ratio, RatioOf("tiers", o_.duration / 5, tuned, lower));
      report_.tiers.push_back({IsaName(isa), ratio});
    }
    return {};
  }

  // A lower tier that is faster. Steps keep their implementations there: the choices were timed on the other one.
  void ChooseTier() {
    const TuneReport::Tier* fastest = nullptr;
    for (const TuneReport::Tier& t : report_.tiers) {
      if (t.ratio.at_most < 1 - kLeastGain && (fastest == nullptr || t.ratio.median < fastest->ratio.median))
        fastest = &t;
    }
    if (fastest == nullptr) return;
    for (TuneCandidate& c : report_.candidates) c.chosen = false;
    report_.file.steps.clear();
    report_.file.made_for.onednn.clear();
    report_.file.run_on = fastest->isa;
    report_.file.ratio *= fastest->ratio.median;
  }

  void ChooseThreads() {
    double fastest = std::numeric_limits<double>::infinity();
    for (const TuneReport::Threads& t : report_.by_threads) fastest = std::min(fastest, t.p50_ms);
    const auto chosen =
        std::find_if(report_.by_threads.begin(), report_.by_threads.end(),
                     [&](const TuneReport::Threads& t) { return t.p50_ms * (1 - kLeastGain) <= fastest; });
    if (chosen != report_.by_threads.end()) report_.file.threads = chosen->threads;
  }

  const TuneOptions& o_;
  const Engine& untuned_;
  EngineOptions options_;
  TunedFor target_;
  Trial trial_;
  TuneReport report_;
};

}  // namespace

Result<TuneReport> Tune(const TuneOptions& o) {
  EngineOptions options = EngineOptionsOf(o.common);
  options.tune_file = "";
  VITRT_ASSIGN_OR_RETURN(const Engine untuned, Engine::Load(o.plan, options));
  EngineOptions all = options;
  all.use_onednn = true;
  VITRT_ASSIGN_OR_RETURN(const Engine with_all, Engine::Load(o.plan, all));
  return Tuner(o, untuned, with_all, options).Run();
}

}  // namespace vitrt::cli
