// What each segment costs here, measured while it runs: the basis of the deadline decision.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

namespace vitrt {

// Keeps the last kWindow durations of every segment, in milliseconds for one image. Not thread-safe.
class SegmentClock {
 public:
  static constexpr int kWindow = 128;

  explicit SegmentClock(std::vector<double> flops) : flops_(std::move(flops)), history_(flops_.size()) {}

  void Record(int segment, double ms_per_image) {
    History& h = history_[segment];
    h.ms[h.count++ % kWindow] = ms_per_image;
  }

  // 95th percentile of the window; before the first measurement an estimate from the cost per FLOP of the segments that
  // have run, doubled for caution; 0 if nothing has run yet.
  double Estimate(int segment) const {
    if (history_[segment].count > 0) return Percentile95(history_[segment]);
    double worst = 0;
    for (size_t i = 0; i < history_.size(); ++i) {
      if (history_[i].count > 0 && flops_[i] > 0) worst = std::max(worst, Percentile95(history_[i]) / flops_[i]);
    }
    return 2 * worst * flops_[segment];
  }

 private:
  struct History {
    std::array<double, kWindow> ms{};
    long count = 0;
  };

  static double Percentile95(const History& h) {
    std::array<double, kWindow> sorted = h.ms;
    const long n = std::min<long>(h.count, kWindow), at = (n * 95 - 1) / 100;
    std::nth_element(sorted.begin(), sorted.begin() + at, sorted.begin() + n);
    return sorted[at];
  }

  std::vector<double> flops_;
  std::vector<History> history_;
};

}  // namespace vitrt
