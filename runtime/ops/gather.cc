#include "runtime/kernels/ref/gather.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> Bind(const OpContext& c, void (*kernel)(const kernels::ref::GatherArgs&), int axis,
                                      int batch_dims) {
  kernels::ref::GatherArgs args;
  args.dtype = c.inputs[0].dtype;
  args.data_dims = ShapeOf(c.inputs[0]);
  args.indices_dims = ShapeOf(c.inputs[1]);
  args.axis = axis;
  args.batch_dims = batch_dims;
  args.indices.dtype = c.inputs[1].dtype;
  return PerImage(c, [args, kernel](const ImageTensors& t) {
    auto a = args;
    a.data = t.in<void>(0);
    a.indices.data = t.in<void>(1);
    a.y = t.out<void>();
    kernel(a);
  });
}

Result<std::unique_ptr<BoundOp>> BindGather(const OpContext& c) {
  return Bind(c, kernels::ref::Gather, c.step->op_as_Gather()->axis(), 0);
}
Result<std::unique_ptr<BoundOp>> BindGatherElements(const OpContext& c) {
  return Bind(c, kernels::ref::GatherElements, c.step->op_as_GatherElements()->axis(), 0);
}
Result<std::unique_ptr<BoundOp>> BindGatherND(const OpContext& c) {
  return Bind(c, kernels::ref::GatherND, 0, c.step->op_as_GatherND()->batch_dims());
}

constexpr OpImpl kGather[] = {{"reference", AcceptAlways, BindGather}};
constexpr OpImpl kGatherElements[] = {{"reference", AcceptAlways, BindGatherElements}};
constexpr OpImpl kGatherND[] = {{"reference", AcceptAlways, BindGatherND}};

}  // namespace

std::span<const OpImpl> GatherImplementations() { return kGather; }
std::span<const OpImpl> GatherElementsImplementations() { return kGatherElements; }
std::span<const OpImpl> GatherNDImplementations() { return kGatherND; }

}  // namespace vitrt::ops
