// Rows on oneDNN's convolution for Linear and Conv2d. oneDNN repacks the weights at bind and fixes the number of
// images, so n = 1 and n = max_batch have a primitive each; other batches run image by image.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/onednn/convolution.h"
#include "runtime/ops/epilogue.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {
namespace {

using kernels::kPanel;

std::string RefuseCommon(const OpContext& c, const plan::Activation* act) {
  if (!c.use_onednn) return "oneDNN is switched off or was used with another ISA";
  const BoundEpilogue epilogue(c, act);
  if (epilogue.has_row_bias()) return "a bias per row";
  if (epilogue.residual_is_periodic()) return "a residual that repeats";
  if (c.has(2) && !c.inputs[2].constant) return "a bias that is no constant";
  return {};
}

// [groups][panels][k][16] -> [k, cout], k = taps * cin/groups.
std::vector<float> Unpack(const float* panels, int64_t groups, int64_t k, int64_t cout) {
  const int64_t n = cout / groups, panel_count = (n + kPanel - 1) / kPanel;
  std::vector<float> plain(static_cast<size_t>(k * cout));
  for (int64_t g = 0; g < groups; ++g) {
    for (int64_t row = 0; row < k; ++row) {
      for (int64_t j = 0; j < n; ++j) {
        plain[static_cast<size_t>(row * cout + g * n + j)] =
            panels[((g * panel_count + j / kPanel) * k + row) * kPanel + j % kPanel];
      }
    }
  }
  return plain;
}

class OneDnnConvolution final : public BoundOp {
 public:
  // `spec` is complete but for images, epilogue and threads.
  static Result<std::unique_ptr<BoundOp>> Bind(const OpContext& c, onednn::ConvolutionSpec spec,
                                               const plan::Activation* act) {
    auto op = std::make_unique<OneDnnConvolution>(c, act);
    spec.bias = c.has(2) ? c.inputs[2].constant_f32() : nullptr;
    spec.fn = op->epilogue_.fn();
    spec.alpha = op->epilogue_.alpha();
    spec.beta = op->epilogue_.beta();
    spec.residual = op->epilogue_.has_residual();
    spec.threads = c.max_threads;
    VITRT_ASSIGN_OR_RETURN(op->one_, onednn::Convolution::Create(spec));
    if (c.max_batch > 1 && op->epilogue_.images_merge()) {
      spec.images = c.max_batch;
      VITRT_ASSIGN_OR_RETURN(op->all_, onednn::Convolution::Create(spec));
      op->max_batch_ = c.max_batch;
    }
    return std::unique_ptr<BoundOp>(std::move(op));
  }

  OneDnnConvolution(const OpContext& c, const plan::Activation* act)
      : epilogue_(c, act), x_(c.inputs[0]), y_(c.outputs[0]) {}

  size_t scratch_bytes(int, int) const override {
    return std::max(one_->scratch_bytes(), all_ == nullptr ? 0 : all_->scratch_bytes());
  }

  void Run(const RunContext& run) const override {
    const bool whole = all_ != nullptr && run.n == max_batch_;
    const onednn::Convolution& convolution = whole ? *all_ : *one_;
    for (int64_t i = 0; i < (whole ? 1 : run.n); ++i) {
      convolution.Run(run.inputs[0].image(i, x_), run.outputs[0].image(i, y_), epilogue_.At(run, i).residual,
                      run.scratch, run.threads);
    }
  }

 private:
  BoundEpilogue epilogue_;
  ValueDesc x_, y_;
  std::unique_ptr<onednn::Convolution> one_, all_;
  int max_batch_ = 1;
};

}  // namespace

std::string RefuseOneDnnLinear(const OpContext& c) { return RefuseCommon(c, c.step->op_as_Linear()->act()); }

Result<std::unique_ptr<BoundOp>> BindOneDnnLinear(const OpContext& c) {
  onednn::ConvolutionSpec spec;
  spec.cin = c.inputs[0].channels();
  spec.cout = c.outputs[0].channels();
  spec.window.h = spec.window.oh = c.inputs[0].rows();
  spec.window.w = spec.window.ow = 1;
  const std::vector<float> plain = Unpack(c.inputs[1].constant_f32(), 1, spec.cin, spec.cout);
  spec.weight = plain.data();
  return OneDnnConvolution::Bind(c, spec, c.step->op_as_Linear()->act());
}

std::string RefuseOneDnnConv2d(const OpContext& c) { return RefuseCommon(c, c.step->op_as_Conv2d()->act()); }

Result<std::unique_ptr<BoundOp>> BindOneDnnConv2d(const OpContext& c) {
  const plan::Conv2d& op = *c.step->op_as_Conv2d();
  onednn::ConvolutionSpec spec;
  spec.window = WindowOf(op, c.inputs[0], c.outputs[0]);
  spec.cin = c.inputs[0].channels();
  spec.cout = c.outputs[0].channels();
  spec.groups = op.groups();
  std::vector<float> plain;
  spec.weight = c.inputs[1].constant_f32();  // Depthwise encoding is plain for oneDNN: [kh * kw, 1, c]
  if (c.inputs[1].encoding == plan::Encoding::Panels16) {
    plain = Unpack(spec.weight, spec.groups, spec.window.kernel_h * spec.window.kernel_w * spec.cin / spec.groups,
                   spec.cout);
    spec.weight = plain.data();
  }
  return OneDnnConvolution::Bind(c, spec, op.act());
}

}  // namespace vitrt::ops
