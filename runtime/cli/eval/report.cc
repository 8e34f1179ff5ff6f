#include "runtime/cli/eval/report.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/isa.h"

namespace vitrt::cli {

std::optional<calibration::Inspection> InspectionOf(const EvalReport& report, const calibration::Confusion& confusion) {
  if (!report.good) return std::nullopt;
  return calibration::Inspect(confusion, *report.good);
}

EvalReport MakeReport(const Recording& recording, const std::vector<Classification>& predictions, ExitPolicy policy,
                      const Engine& engine, int threads) {
  const calibration::Records& r = recording.records;
  EvalReport report;
  report.images = r.images;
  report.policy = policy;
  report.isa = IsaName(engine.isa());
  report.threads = threads;
  for (const LabelledImage& image : recording.images) report.image_paths.push_back(image.path);
  const auto images = static_cast<size_t>(r.images);
  for (int k = 0; k < r.exits; ++k) {
    report.exits.push_back(calibration::ForcedExit(r, k, {}));
    const std::span<const int> predicted(r.predicted.data() + static_cast<size_t>(k) * images, images);
    report.exit_confusion.push_back(calibration::Confuse(r.label, predicted, r.classes));
  }

  // Uses the exits that the runs took, not the recorded confidences: a deadline may have cut runs short.
  report.by_policy.exit_of.reserve(predictions.size());
  calibration::Records taken{.exits = 2,
                             .images = r.images,
                             .classes = r.classes,
                             .confidence = std::vector<float>(2 * static_cast<size_t>(r.images), 1.0f),
                             .predicted = {},
                             .label = r.label};
  for (const Classification& a : predictions) taken.predicted.push_back(a.label);
  report.confusion = calibration::Confuse(r.label, taken.predicted, r.classes);
  for (int i = 0; i < r.images; ++i) taken.predicted.push_back(r.predicted_of(r.exits - 1, i));
  report.by_policy = calibration::ForcedExit(taken, 0, {});
  report.by_policy.exit_count.assign(r.exits, 0);
  report.early_wrong.assign(r.exits, 0);
  report.right_at_exit.assign(r.exits, 0);
  std::vector<double> all;
  std::vector<std::vector<double>> by_exit(r.exits);
  for (int i = 0; i < r.images; ++i) {
    const Classification& a = predictions[i];
    ++report.by_policy.exit_count[a.exit];
    report.no_decision += a.label < 0;
    report.early_wrong[a.exit] += a.label != r.predicted_of(r.exits - 1, i);
    report.right_at_exit[a.exit] += a.label == r.label[i];
    all.push_back(a.times.run_ms);
    by_exit[a.exit].push_back(a.times.run_ms);
  }
  report.latency = Summarize(all);
  for (auto& times : by_exit) report.exit_latency.push_back(Summarize(std::move(times)));

  report.confidence_bins.assign(r.exits, std::vector<int>(kConfidenceBins, 0));
  report.non_finite.assign(r.exits, 0);
  for (int k = 0; k < r.exits; ++k) {
    for (int i = 0; i < r.images; ++i) {
      const float c = r.confidence_of(k, i);
      if (std::isnan(c))
        ++report.non_finite[k];
      else
        ++report.confidence_bins[k][std::clamp(static_cast<int>(c * kConfidenceBins), 0, kConfidenceBins - 1)];
    }
  }
  return report;
}

}  // namespace vitrt::cli
