#include "runtime/kernels/ref/where.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::ref::WhereArgs args;
  args.dtype = c.inputs[1].dtype;
  args.condition_dims = ShapeOf(c.inputs[0]);
  args.a_dims = ShapeOf(c.inputs[1]);
  args.b_dims = ShapeOf(c.inputs[2]);
  args.y_dims = ShapeOf(c.outputs[0]);
  return PerImage(c, [args](const ImageTensors& t) {
    auto w = args;
    w.condition = t.in<uint8_t>(0);
    w.a = t.in<void>(1);
    w.b = t.in<void>(2);
    w.y = t.out<void>();
    kernels::ref::Where(w);
  });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> WhereImplementations() { return kImplementations; }

}  // namespace vitrt::ops
