#include "runtime/ops/linear.h"

#include "runtime/kernels/ref/gemm.h"
#include "runtime/ops/matrix_product.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {

PanelLinear::PanelLinear(const OpContext& context, const plan::Activation* act)
    : kernels_(*context.kernels),
      x_(context.inputs[0]),
      y_(context.outputs[0]),
      weight_(context.inputs[1].constant_f32()),
      rows_(x_.rows()),
      k_(x_.channels()),
      n_(y_.channels()),
      epilogue_(context, act) {}

void PanelLinear::Run(const RunContext& run) const {
  const bool merge = epilogue_.images_merge();
  for (int64_t i = 0; i < (merge ? 1 : run.n); ++i) {
    kernels::GemmArgs args;
    args.m = merge ? run.n * rows_ : rows_;
    args.n = n_;
    args.k = k_;
    args.a = run.inputs[0].image<float>(i, x_);
    args.lda = k_;
    args.b = weight_;
    args.c = run.outputs[0].image<float>(i, y_);
    args.ldc = n_;
    args.epilogue = epilogue_.At(run, i);
    RunMatrixProduct(kernels_, args, *run.team);
  }
}

namespace {

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<PanelLinear>(c, c.step->op_as_Linear()->act()));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::GemmArgs args;
  args.m = c.outputs[0].rows();
  args.n = args.ldc = c.outputs[0].channels();
  args.k = args.lda = c.inputs[0].channels();
  args.b = c.inputs[1].constant_f32();
  return PerImage(c, [args, epilogue = BoundEpilogue(c, c.step->op_as_Linear()->act())](const ImageTensors& t) {
    kernels::GemmArgs a = args;
    a.a = t.in<float>(0);
    a.c = t.out<float>();
    a.epilogue = epilogue.At(t.run, t.image);
    kernels::ref::Gemm(a, {0, a.m, 0, PanelCount(a.n)});
  });
}

constexpr OpImpl kImplementations[] = {
    {"own", AcceptAlways, BindOwn},
#if VITRT_HAS_ONEDNN
    {"onednn_conv1x1", RefuseOneDnnLinear, BindOneDnnLinear},
#endif
    {"reference", AcceptAlways, BindReference},
};

}  // namespace

std::span<const OpImpl> LinearImplementations() { return kImplementations; }

}  // namespace vitrt::ops
