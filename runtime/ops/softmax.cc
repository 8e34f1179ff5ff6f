#include "runtime/kernels/ref/softmax.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "runtime/ops/row_matrix.h"

namespace vitrt::ops {
namespace {

const plan::Softmax& OpOf(const OpContext& c) { return *c.step->op_as_Softmax(); }

class OwnSoftmax final : public BoundOp {
 public:
  explicit OwnSoftmax(const OpContext& c)
      : kernel_(c.kernels->softmax),
        log_(OpOf(c).log()),
        channels_(AxisViewOf(OpOf(c).axis(), c.inputs[0]).axis),
        x_(c.inputs[0]),
        y_(c.outputs[0]) {}

  void Run(const RunContext& run) const override {
    ForRowBlocks(run, x_, y_, x_.size() / channels_, [&](const float* x, float* y, int64_t rows) {
      kernel_({rows, channels_, x, y, log_});
    });
  }

 private:
  kernels::SoftmaxKernel kernel_;
  bool log_;
  int64_t channels_;
  ValueDesc x_, y_;
};

std::string RefuseOwn(const OpContext& c) {
  return AxisViewOf(OpOf(c).axis(), c.inputs[0]).inner == 1 ? "" : "not over the last axis";
}
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnSoftmax>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const AxisView view = AxisViewOf(OpOf(c).axis(), c.inputs[0]);
  return PerImage(c, [view, log = OpOf(c).log()](const ImageTensors& t) {
    kernels::ref::Softmax({view.outer, view.axis, view.inner, log, t.in<float>(0), t.out<float>()});
  });
}

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> SoftmaxImplementations() { return kImplementations; }

}  // namespace vitrt::ops
