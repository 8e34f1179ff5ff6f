#include "runtime/kernels/ref/cumsum.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const plan::CumSum& op = *c.step->op_as_CumSum();
  const AxisView view = AxisViewOf(op.axis(), c.inputs[0]);
  kernels::ref::CumSumArgs args;
  args.dtype = c.inputs[0].dtype;
  args.outer = view.outer, args.axis = view.axis, args.inner = view.inner;
  args.exclusive = op.exclusive();
  args.reverse = op.reverse();
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.y = t.out<void>();
    kernels::ref::CumSum(a);
  });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> CumSumImplementations() { return kImplementations; }

}  // namespace vitrt::ops
