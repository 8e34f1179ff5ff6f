// What each segment costs here, measured while it runs: the basis of the deadline decision.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace vitrt {

// Keeps the last kWindow durations of every segment, in milliseconds for one image, apart for each power of two of the
// batch: n images cost less than n times one. Allocates only in its constructor. Not thread-safe.
class SegmentClock {
 public:
  static constexpr size_t kWindow = 64;
  static constexpr int kForgetAfter = 16;

  SegmentClock(std::vector<double> flops, int max_batch);

  void Record(int segment, int images, double ms);

  // 95th percentile of the window, for `images`. Where that size of batch has not run yet, smaller ones speak for it,
  // then larger ones. Before the first measurement: from the cost per FLOP of the segments that have run, doubled for
  // caution; 0 if nothing has run yet.
  double Estimate(int segment, int images) const;

  // The segment was left out because of its estimate. Every kForgetAfter times in a row the worst duration is
  // forgotten, so that one bad moment does not keep a segment from running, and from being measured, for ever.
  void Skipped(int segment, int images);

 private:
  struct History {
    std::array<double, kWindow> ms{};
    size_t count = 0, next = 0;
    int skipped = 0;

    double Percentile95() const;
    void ForgetWorst();
  };

  History& At(int segment, int images);
  const History* Nearest(int segment, int images) const;

  std::vector<double> flops_;
  size_t sizes_;                  // powers of two of the batch
  std::vector<History> history_;  // [segments, sizes_]
};

}  // namespace vitrt
