// As PerImage, but threads share the work within an image, too: a function of a range of one image's units.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "runtime/ops/image_ranges.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {

template <typename Grain, typename F>
class PerImageRangeOp final : public BoundOp {
 public:
  PerImageRangeOp(const OpContext& context, int64_t units, size_t scratch, Grain grain, F f)
      : inputs_(context.inputs.begin(), context.inputs.end()),
        outputs_(context.outputs.begin(), context.outputs.end()),
        units_(units),
        scratch_(AlignUp(scratch, 64)),
        grain_(std::move(grain)),
        f_(std::move(f)) {}

  size_t scratch_bytes(int threads, int /*n*/) const override { return scratch_ * static_cast<size_t>(threads); }

  void Run(const RunContext& run) const override {
    ForImageRanges(*run.team, run.n, units_, grain_(run), [&](int64_t image, int64_t begin, int64_t end, int thread) {
      f_(ImageTensors{run, inputs_, outputs_, image, run.scratch + thread * static_cast<int64_t>(scratch_)}, begin,
         end);
    });
  }

 private:
  std::vector<ValueDesc> inputs_, outputs_;
  int64_t units_;
  size_t scratch_;
  Grain grain_;
  F f_;
};

// f(const ImageTensors&, begin, end) const, of `units` units an image; grain(const RunContext&): the fewest units that are
// worth handing to another thread; `scratch` bytes for each thread.
template <typename Grain, typename F>
Result<std::unique_ptr<BoundOp>> PerImageRange(const OpContext& context, int64_t units, Grain grain, F f,
                                               size_t scratch = 0) {
  return std::unique_ptr<BoundOp>(
      std::make_unique<PerImageRangeOp<Grain, F>>(context, units, scratch, std::move(grain), std::move(f)));
}

}  // namespace vitrt::ops
