#include "runtime/kernels/ref/unary.h"

#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "runtime/ops/row_matrix.h"

namespace vitrt::ops {
namespace {

const plan::Activation& ActOf(const OpContext& c) { return *c.step->op_as_Unary()->act(); }

class OwnUnary final : public BoundOp {
 public:
  explicit OwnUnary(const OpContext& c)
      : kernel_(c.kernels->unary), act_(ActOf(c)), x_(c.inputs[0]), y_(c.outputs[0]) {}

  void Run(const RunContext& run) const override {
    // A block of elements, so that threads get enough each.
    ForRowBlocks(run, x_, y_, x_.size(), [&](const float* x, float* y, int64_t count) {
      kernel_(static_cast<kernels::Fn>(act_.fn()), act_.alpha(), act_.beta(), x, y, count);
    });
  }

 private:
  kernels::UnaryKernel kernel_;
  plan::Activation act_;
  ValueDesc x_, y_;
};

std::string RefuseOwn(const OpContext& c) {
  if (c.inputs[0].dtype != plan::DType::F32) return "not fp32";
  const plan::UnaryFn fn = ActOf(c).fn();
  const bool known = (fn <= plan::UnaryFn::Clip && fn != plan::UnaryFn::Elu) || fn == plan::UnaryFn::Erf ||
                     fn == plan::UnaryFn::FakeQuantize;
  return known ? "" : "no kernel for this function";
}
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnUnary>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::ref::UnaryArgs args;
  args.fn = ActOf(c).fn();
  args.alpha = ActOf(c).alpha();
  args.beta = ActOf(c).beta();
  args.dtype = c.inputs[0].dtype;
  args.count = c.inputs[0].size();
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.y = t.out<void>();
    kernels::ref::Unary(a);
  });
}

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> UnaryImplementations() { return kImplementations; }

}  // namespace vitrt::ops
