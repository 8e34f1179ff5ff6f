#include "runtime/cli/eval/compare_isa.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/base/isa.h"
#include "runtime/cli/common/progress.h"
#include "runtime/engine/inspect.h"

namespace vitrt::cli {

Result<std::vector<TierComparison>> CompareTiers(const std::string& plan, const Recording& recording,
                                                 const std::vector<Classification>& predictions, const RunOptions& run,
                                                 const Engine& engine, const CommonOptions& common) {
  const ExitPolicy policy = run.policy.value_or(PolicyOf(engine));
  std::vector<TierComparison> comparisons;
  for (const Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2}) {
    if (isa >= engine.isa()) continue;
    TierComparison tier{.isa = IsaName(isa), .differences = {}};
    CommonOptions capped = common;
    capped.isa = IsaName(isa);
    capped.no_tune_file = true;  // it is of the tier in use
    VITRT_ASSIGN_OR_RETURN(const Engine other, LoadEngine(plan, capped));
    VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(other, capped, 1));
    Progress progress(tier.isa, true);
    for (size_t i = 0; i < recording.files.size(); ++i) {
      progress.Show(static_cast<double>(i) / static_cast<double>(recording.files.size()), std::to_string(i));
      VITRT_ASSIGN_OR_RETURN(const Prediction p, session.RunFile(recording.files[i], run));
      const Classification there = ClassificationOf(p);
      if (there.exit == predictions[i].exit && there.label == predictions[i].label) {
        tier.largest_confidence_change =
            std::max(tier.largest_confidence_change,
                     std::abs(static_cast<double>(there.confidence) - predictions[i].confidence));
        continue;
      }
      TierDifference difference{i, predictions[i], there, {}, {}};
      for (const ExitInfo& exit : engine.info().exits) {
        difference.here_confidence.push_back(recording.records.confidence_of(exit.index, static_cast<int>(i)));
      }
      VITRT_ASSIGN_OR_RETURN(const ExitOutputs outputs, RunAllExits(recording.files[i], policy, other, &session));
      difference.there_confidence = outputs.confidence;
      tier.differences.push_back(std::move(difference));
    }
    comparisons.push_back(std::move(tier));
  }
  return comparisons;
}

}  // namespace vitrt::cli
