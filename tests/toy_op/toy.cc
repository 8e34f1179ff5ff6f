// Step 5: the ways to run it.
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "tests/toy_op/toy_kernel.h"

namespace vitrt::ops {
namespace {

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  return PerImage(c, [factor = c.step->op_as_Toy()->factor(), count = c.inputs[0].size()](const ImageTensors& t) {
    kernels::ref::Toy(factor, t.in<float>(0), t.out<float>(), count);
  });
}

constexpr OpImpl kImplementations[] = {{"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> ToyImplementations() { return kImplementations; }

}  // namespace vitrt::ops
