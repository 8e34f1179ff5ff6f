#include "runtime/kernels/ref/cast.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  return PerImage(
      c, [from = c.inputs[0].dtype, to = c.outputs[0].dtype, count = c.inputs[0].size()](const ImageTensors& t) {
        kernels::ref::Cast({from, to, count, t.in<void>(0), t.out<void>()});
      });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> CastImplementations() { return kImplementations; }

}  // namespace vitrt::ops
