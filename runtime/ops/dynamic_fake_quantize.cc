// An image rounded to 8 bits of its own range and back.
#include "runtime/kernels/ref/unary.h"
#include "runtime/ops/int8_input.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

class OwnDynamicFakeQuantize final : public BoundOp {
 public:
  explicit OwnDynamicFakeQuantize(const OpContext& c)
      : range_(c.int8->range), unary_(c.kernels->unary), x_(c.inputs[0]), y_(c.outputs[0]) {}

  size_t scratch_bytes(int threads, int) const override {
    return static_cast<size_t>(threads) * sizeof(kernels::Int8Range);
  }

  void Run(const RunContext& run) const override {
    auto* ranges = reinterpret_cast<kernels::Int8Range*>(run.scratch);
    for (int64_t i = 0; i < run.n; ++i) {
      const float* x = run.inputs[0].image<float>(i, x_);
      float* y = run.outputs[0].image<float>(i, y_);
      const kernels::Int8Grid grid = GridOf(RangeOf(*run.team, range_, x, x_.size(), ranges));
      run.team->For(x_.size(), GrainOf(4), [&](int64_t begin, int64_t end, int) {
        unary_(kernels::Fn::kFakeQuantize, grid.scale, static_cast<float>(-grid.zero), x + begin, y + begin,
               end - begin);
      });
    }
  }

 private:
  kernels::Int8RangeKernel range_;
  kernels::UnaryKernel unary_;
  ValueDesc x_, y_;
};

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnDynamicFakeQuantize>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  return PerImage(c, [count = c.inputs[0].size()](const ImageTensors& t) {
    const kernels::Int8Grid grid = GridOf(ReferenceRangeOf(t.in<float>(0), count));
    kernels::ref::UnaryArgs args;
    args.fn = plan::UnaryFn::FakeQuantize;
    args.alpha = grid.scale;
    args.beta = static_cast<float>(-grid.zero);
    args.dtype = plan::DType::F32;
    args.count = count;
    args.x = t.in<void>(0);
    args.y = t.out<void>();
    kernels::ref::Unary(args);
  });
}

constexpr OpImpl kImplementations[] = {{"own", AcceptAlways, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> DynamicFakeQuantizeImplementations() { return kImplementations; }

}  // namespace vitrt::ops
