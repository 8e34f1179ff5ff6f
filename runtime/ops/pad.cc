#include "runtime/kernels/ref/pad.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const plan::Pad& op = *c.step->op_as_Pad();
  kernels::ref::PadArgs args;
  args.dtype = c.inputs[0].dtype;
  args.mode = op.mode();
  args.value = op.value();
  args.x_dims = ShapeOf(c.inputs[0]);
  args.begins = SpanOf(op.begins());
  args.ends = SpanOf(op.ends());
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.y = t.out<void>();
    kernels::ref::Pad(a);
  });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> PadImplementations() { return kImplementations; }

}  // namespace vitrt::ops
