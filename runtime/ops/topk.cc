#include "runtime/kernels/ref/topk.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const plan::TopK& op = *c.step->op_as_TopK();
  const AxisView view = AxisViewOf(op.axis(), c.inputs[0]);
  kernels::ref::TopKArgs args;
  args.dtype = c.inputs[0].dtype;
  args.outer = view.outer, args.axis = view.axis, args.inner = view.inner;
  args.k = c.outputs[0].dims[static_cast<size_t>(op.axis())];
  args.largest = op.largest();
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.values = t.out<void>(0);
    a.indices = t.out<int64_t>(1);
    kernels::ref::TopK(a);
  });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> TopKImplementations() { return kImplementations; }

}  // namespace vitrt::ops
