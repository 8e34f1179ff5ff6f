#include "runtime/kernels/ref/resize.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const plan::Resize& op = *c.step->op_as_Resize();
  kernels::ref::ResizeSpec spec;
  spec.mode = op.mode();
  spec.coordinates = op.coordinates();
  spec.nearest = op.nearest();
  spec.cubic_a = op.cubic_a();
  spec.exclude_outside = op.exclude_outside();
  spec.antialias = op.antialias();
  spec.scales = SpanOf(op.scales());
  return PerImage(c, [plan = kernels::ref::PlanResize(spec, ShapeOf(c.inputs[0]), ShapeOf(c.outputs[0]))](
                         const ImageTensors& t) { kernels::ref::Resize(plan, t.in<float>(0), t.out<float>()); });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> ResizeImplementations() { return kImplementations; }

}  // namespace vitrt::ops
