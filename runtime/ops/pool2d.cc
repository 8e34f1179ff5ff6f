#include "runtime/kernels/ref/pool.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image_range.h"
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
Result<std::unique_ptr<BoundOp>> Bind(const OpContext& c, kernels::PoolKernel kernel) {
  const kernels::PoolArgs args = ArgsOf(c);
  const int64_t rows = GrainOf(c.outputs[0].channels() * c.outputs[0].dims[2] * 4);
  return PerImageRange(
      c, args.window.oh, [rows](const RunContext&) { return rows; },
      [args, kernel](const ImageTensors& t, int64_t begin, int64_t end) {
        kernels::PoolArgs of_image = args;
        of_image.x = t.in<float>(0);
        of_image.y = t.out<float>();
        kernel(of_image, begin, end);
      });
}

std::string RefuseOwn(const OpContext& c) { return c.kernels->pool == nullptr ? "no kernel in this tier" : ""; }
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) { return Bind(c, c.kernels->pool); }
Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) { return Bind(c, kernels::ref::Pool); }

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> Pool2dImplementations() { return kImplementations; }

}  // namespace vitrt::ops
