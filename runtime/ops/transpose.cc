#include "runtime/kernels/ref/transpose.h"

#include "runtime/kernels/permute.h"
#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

class OwnTranspose final : public BoundOp {
 public:
  explicit OwnTranspose(const OpContext& c)
      : kernel_(c.kernels->transpose),
        plan_(kernels::PlanPermute(c.inputs[0].dims, SpanOf(c.step->op_as_Transpose()->perm()))),
        x_(c.inputs[0]),
        y_(c.outputs[0]) {}

  void Run(const RunContext& run) const override {
    const int64_t grain = GrainOf(4 * std::max(plan_.row, plan_.rows * plan_.columns));
    ForImageRanges(*run.team, run.n, plan_.pieces, grain, [&](int64_t image, int64_t begin, int64_t end, int) {
      kernels::RunPermute(plan_, kernel_, run.inputs[0].image<float>(image, x_), run.outputs[0].image<float>(image, y_),
                          begin, end);
    });
  }

 private:
  kernels::TransposeKernel kernel_;
  kernels::PermutePlan plan_;
  ValueDesc x_, y_;
};

std::string RefuseOwn(const OpContext& c) {
  if (plan::SizeOf(c.inputs[0].dtype) != 4) return "elements are not 4 bytes";
  return c.kernels->transpose == nullptr ? "no kernel in this tier" : "";
}
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnTranspose>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  return PerImage(c, [dtype = c.inputs[0].dtype, dims = ShapeOf(c.inputs[0]),
                      perm = SpanOf(c.step->op_as_Transpose()->perm())](const ImageTensors& t) {
    kernels::ref::Transpose({dtype, dims, perm, t.in<void>(0), t.out<void>()});
  });
}

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> TransposeImplementations() { return kImplementations; }

}  // namespace vitrt::ops
