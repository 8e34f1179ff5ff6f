#include "runtime/kernels/ref/layer_norm.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "runtime/ops/row_matrix.h"

namespace vitrt::ops {
namespace {

class BoundLayerNorm final : public BoundOp {
 public:
  BoundLayerNorm(const OpContext& c, kernels::LayerNormKernel kernel)
      : kernel_(kernel), x_(c.inputs[0]), y_(c.outputs[0]) {
    const plan::LayerNorm& op = *c.step->op_as_LayerNorm();
    args_.channels = args_.x_ld = args_.y_ld = x_.channels();
    args_.epsilon = op.epsilon();
    args_.rms = op.rms();
    if (c.has(1)) args_.gamma = c.inputs[1].constant_f32();
    if (c.has(2)) args_.beta = c.inputs[2].constant_f32();
  }

  void Run(const RunContext& run) const override {
    ForRowBlocks(run, x_, y_, x_.rows(), [&](const float* x, float* y, int64_t rows) {
      kernels::LayerNormArgs args = args_;
      args.rows = rows;
      args.x = x;
      args.y = y;
      kernel_(args);
    });
  }

 private:
  kernels::LayerNormKernel kernel_;
  kernels::LayerNormArgs args_;
  ValueDesc x_, y_;
};

bool HasConstantScale(const OpContext& c) {
  for (size_t i : {1, 2}) {
    if (c.has(i) && !c.inputs[i].constant) return false;
  }
  return true;
}

std::string RefuseOwn(const OpContext& c) { return HasConstantScale(c) ? "" : "gamma or beta is no constant"; }
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<BoundLayerNorm>(c, c.kernels->layer_norm));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const plan::LayerNorm& op = *c.step->op_as_LayerNorm();
  kernels::LayerNormArgs args;
  args.rows = c.inputs[0].rows();
  args.channels = args.x_ld = args.y_ld = c.inputs[0].channels();
  args.epsilon = op.epsilon();
  args.rms = op.rms();
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<float>(0);
    a.gamma = t.in<float>(1);
    a.beta = t.in<float>(2);
    a.y = t.out<float>();
    kernels::ref::LayerNorm(a);
  });
}

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> LayerNormImplementations() { return kImplementations; }

}  // namespace vitrt::ops
