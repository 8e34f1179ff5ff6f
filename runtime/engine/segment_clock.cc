#include "runtime/engine/segment_clock.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace vitrt {
namespace {

size_t SizeOf(int images) { return static_cast<size_t>(std::bit_width(static_cast<unsigned>(images))) - 1; }

}  // namespace

SegmentClock::SegmentClock(std::vector<double> flops, int max_batch)
    : flops_(std::move(flops)), sizes_(SizeOf(max_batch) + 1), history_(flops_.size() * sizes_) {}

SegmentClock::History& SegmentClock::At(int segment, int images) {
  return history_[static_cast<size_t>(segment) * sizes_ + SizeOf(images)];
}

const SegmentClock::History* SegmentClock::Nearest(int segment, int images) const {
  const History* all = &history_[static_cast<size_t>(segment) * sizes_];
  const size_t wanted = SizeOf(images);
  for (size_t size = wanted + 1; size-- > 0;) {
    if (all[size].count > 0) return &all[size];
  }
  for (size_t size = wanted + 1; size < sizes_; ++size) {
    if (all[size].count > 0) return &all[size];
  }
  return nullptr;
}

void SegmentClock::Record(int segment, int images, double ms) {
  History& h = At(segment, images);
  h.ms[h.next] = ms / images;
  h.next = (h.next + 1) % kWindow;
  h.count = std::min(h.count + 1, kWindow);
  h.skipped = 0;
}

double SegmentClock::Estimate(int segment, int images) const {
  if (const History* h = Nearest(segment, images)) return h->Percentile95() * images;
  double per_flop = 0;
  for (size_t i = 0; i < flops_.size(); ++i) {
    const History* h = Nearest(static_cast<int>(i), images);
    if (h != nullptr && flops_[i] > 0) per_flop = std::max(per_flop, h->Percentile95() / flops_[i]);
  }
  return 2 * per_flop * flops_[static_cast<size_t>(segment)] * images;
}

void SegmentClock::Skipped(int segment, int images) {
  History& h = At(segment, images);
  if (++h.skipped % kForgetAfter == 0) h.ForgetWorst();
}

double SegmentClock::History::Percentile95() const {
  std::array<double, kWindow> sorted = ms;
  const auto at = static_cast<std::ptrdiff_t>((count * 95 - 1) / 100), n = static_cast<std::ptrdiff_t>(count);
  std::nth_element(sorted.begin(), sorted.begin() + at, sorted.begin() + n);
  return sorted[static_cast<size_t>(at)];
}

void SegmentClock::History::ForgetWorst() {
  const auto end = ms.begin() + static_cast<std::ptrdiff_t>(count);
  if (count > 1) *std::max_element(ms.begin(), end) = *std::min_element(ms.begin(), end);
}

}  // namespace vitrt
