#include "runtime/kernels/ref/pool.h"
#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {
namespace {

kernels::PoolArgs ArgsOf(const OpContext& c) {
  const plan::Pool2d& op = *c.step->op_as_Pool2d();
  kernels::PoolArgs args;
  args.window = WindowOf(op, c.inputs[0], c.outputs[0]);
  args.channels = c.inputs[0].channels();
  args.average = op.average();
  args.count_include_pad = op.count_include_pad();
  args.pad_bottom = op.pads()->Get(2);
  args.pad_right = op.pads()->Get(3);
  return args;
}

// Either kernel, over output rows of all images.
class BoundPool final : public BoundOp {
 public:
  BoundPool(const OpContext& c, kernels::PoolKernel kernel)
      : kernel_(kernel), args_(ArgsOf(c)), x_(c.inputs[0]), y_(c.outputs[0]) {}

  void Run(const RunContext& run) const override {
    ForImageRanges(*run.team, run.n, args_.window.oh, GrainOf(y_.channels() * y_.dims[2] * 4),
                   [&](int64_t image, int64_t begin, int64_t end, int) {
                     kernels::PoolArgs args = args_;
                     args.x = run.inputs[0].image<float>(image, x_);
                     args.y = run.outputs[0].image<float>(image, y_);
                     kernel_(args, begin, end);
                   });
  }

 private:
  kernels::PoolKernel kernel_;
  kernels::PoolArgs args_;
  ValueDesc x_, y_;
};

std::string RefuseOwn(const OpContext& c) { return c.kernels->pool == nullptr ? "no kernel in this tier" : ""; }
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<BoundPool>(c, c.kernels->pool));
}
Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<BoundPool>(c, kernels::ref::Pool));
}

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> Pool2dImplementations() { return kImplementations; }

}  // namespace vitrt::ops
