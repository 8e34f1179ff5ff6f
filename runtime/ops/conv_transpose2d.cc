#include "runtime/kernels/ref/conv.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const plan::ConvTranspose2d& op = *c.step->op_as_ConvTranspose2d();
  kernels::ref::ConvTransposeArgs args;
  args.window = WindowOf(op, c.inputs[0], c.outputs[0]);
  args.cin = c.inputs[0].channels();
  args.cout = c.outputs[0].channels();
  args.groups = op.groups();
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<float>(0);
    a.weight = t.in<float>(1);
    a.bias = t.in<float>(2);
    a.y = t.out<float>();
    kernels::ref::ConvTranspose2d(a);
  });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> ConvTranspose2dImplementations() { return kImplementations; }

}  // namespace vitrt::ops
