#include "runtime/kernels/ref/slice.h"

#include <algorithm>
#include <cstring>

#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

// Copies runs of contiguous bytes: the axes from `inner` on are whole or a step-1 part, the ones before are walked.
class OwnSlice final : public BoundOp {
 public:
  explicit OwnSlice(const OpContext& c) : x_(c.inputs[0]), y_(c.outputs[0]) {
    const auto starts = SpanOf(c.step->op_as_Slice()->starts()), steps = SpanOf(c.step->op_as_Slice()->steps());
    const auto strides = kernels::ref::RowMajor(ShapeOf(x_));
    const int64_t element = plan::SizeOf(x_.dtype);
    // Whole axes at the end belong to the run, and one more axis if its step is 1.
    int inner = static_cast<int>(x_.rank());
    run_ = element;
    while (inner > 0 && y_.dims[inner - 1] == x_.dims[inner - 1] && steps[inner - 1] == 1) run_ *= y_.dims[--inner];
    if (inner > 0 && steps[inner - 1] == 1) run_ *= y_.dims[--inner];
    for (int i = 0; i < x_.rank(); ++i) first_ += starts[i] * strides[i] * element;
    for (int i = 0; i < inner; ++i) {
      runs_ *= y_.dims[i];
      walk_.push_back({y_.dims[i], steps[i] * strides[i] * element});
    }
  }

  void Run(const RunContext& run) const override {
    ForImageRanges(*run.team, run.n, runs_, GrainOf(run_), [&](int64_t image, int64_t begin, int64_t end, int) {
      const std::byte* x = run.inputs[0].image<std::byte>(image, x_) + first_;
      std::byte* y = run.outputs[0].image<std::byte>(image, y_);
      for (int64_t r = begin; r < end; ++r) {
        int64_t offset = 0, remainder = r;
        for (auto axis = walk_.rbegin(); axis != walk_.rend(); ++axis) {
          offset += remainder % axis->size * axis->stride;
          remainder /= axis->size;
        }
        std::memcpy(y + r * run_, x + offset, static_cast<size_t>(run_));
      }
    });
  }

 private:
  struct Axis {
    int64_t size, stride;
  };
  ValueDesc x_, y_;
  int64_t run_ = 0, first_ = 0, runs_ = 1;  // bytes of a run, offset of the first, how many
  std::vector<Axis> walk_;
};

std::string RefuseOwn(const OpContext& c) {
  const auto steps = SpanOf(c.step->op_as_Slice()->steps());
  return steps.empty() || steps.back() == 1 ? "" : "the last axis is not contiguous";
}
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnSlice>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::ref::SliceArgs args;
  args.dtype = c.inputs[0].dtype;
  args.x_dims = ShapeOf(c.inputs[0]);
  args.y_dims = ShapeOf(c.outputs[0]);
  args.starts = SpanOf(c.step->op_as_Slice()->starts());
  args.steps = SpanOf(c.step->op_as_Slice()->steps());
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.y = t.out<void>();
    kernels::ref::Slice(a);
  });
}

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> SliceImplementations() { return kImplementations; }

}  // namespace vitrt::ops
