// Repetition: Expand and Tile.
#include "runtime/kernels/ref/expand.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

template <void (*kKernel)(const kernels::ref::ExpandArgs&)>
Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  return PerImage(
      c, [dtype = c.inputs[0].dtype, x = ShapeOf(c.inputs[0]), y = ShapeOf(c.outputs[0])](const ImageTensors& t) {
        kKernel({dtype, x, y, t.in<void>(0), t.out<void>()});
      });
}

constexpr OpImpl kExpand[] = {{"reference", AcceptAlways, BindReference<kernels::ref::Expand>}};
constexpr OpImpl kTile[] = {{"reference", AcceptAlways, BindReference<kernels::ref::Tile>}};

}  // namespace

std::span<const OpImpl> ExpandImplementations() { return kExpand; }
std::span<const OpImpl> TileImplementations() { return kTile; }

}  // namespace vitrt::ops
