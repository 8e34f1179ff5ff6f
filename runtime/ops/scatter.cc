#include "runtime/kernels/ref/scatter.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::ref::ScatterArgs args;
  args.dtype = c.inputs[0].dtype;
  args.reduce = c.step->op_as_ScatterND()->reduce();
  args.reduction = c.step->op_as_ScatterND()->reduction();
  args.data_dims = ShapeOf(c.inputs[0]);
  args.indices_dims = ShapeOf(c.inputs[1]);
  args.indices.dtype = c.inputs[1].dtype;
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.data = t.in<void>(0);
    a.indices.data = t.in<void>(1);
    a.updates = t.in<void>(2);
    a.y = t.out<void>();
    kernels::ref::ScatterND(a);
  });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> ScatterNDImplementations() { return kImplementations; }

}  // namespace vitrt::ops
