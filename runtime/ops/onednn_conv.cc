// Linear and Conv2d on oneDNN's convolution. oneDNN repacks the weights at bind, and runs one image on one
// thread: batches are shared among the worker threads by image, and OpenMP never starts threads of its own.
#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/onednn/convolution.h"
#include "runtime/ops/epilogue.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {
namespace {

std::string RefuseCommon(const OpContext& c, const plan::Activation* act) {
  if (!c.onednn_refusal.empty()) return std::string(c.onednn_refusal);
  const BoundEpilogue epilogue(c, act);
  if (epilogue.has_row_bias()) return "a bias per row";
  if (epilogue.residual_is_periodic()) return "a residual that repeats";
  if (c.has(2) && !c.inputs[2].constant) return "a bias that is no constant";
  return {};
}

// [groups][panels][k][16] -> [k, cout], k = taps * cin/groups.
std::vector<float> Unpack(const float* panels, int64_t groups, int64_t k, int64_t cout) {
  const int64_t n = cout / groups, panel_count = PanelCount(n);
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
  // `spec` is complete but for the epilogue.
  static Result<std::unique_ptr<BoundOp>> Bind(const OpContext& c, onednn::ConvolutionSpec spec,
                                               const plan::Activation* act) {
    auto op = std::make_unique<OneDnnConvolution>(c, act);
    spec.bias = c.has(2) ? c.inputs[2].constant_f32() : nullptr;
    spec.fn = op->epilogue_.fn();
    spec.alpha = op->epilogue_.alpha();
    spec.beta = op->epilogue_.beta();
    spec.residual = op->epilogue_.has_residual();
    VITRT_ASSIGN_OR_RETURN(op->convolution_, onednn::Convolution::Create(spec));
    return std::unique_ptr<BoundOp>(std::move(op));
  }

  OneDnnConvolution(const OpContext& c, const plan::Activation* act)
      : epilogue_(c, act), x_(c.inputs[0]), y_(c.outputs[0]) {}

  size_t scratch_bytes(int threads, int) const override { return ThreadScratch() * static_cast<size_t>(threads); }

  void Run(const RunContext& run) const override {
    run.team->For(run.n, 1, [&](int64_t begin, int64_t end, int thread) {
      std::byte* scratch = run.scratch + static_cast<size_t>(thread) * ThreadScratch();
      for (int64_t i = begin; i < end; ++i) {
        convolution_->Run(run.inputs[0].image<float>(i, x_), run.outputs[0].image<float>(i, y_),
                          epilogue_.At(run, i).residual, scratch);
      }
    });
  }

 private:
  size_t ThreadScratch() const { return AlignUp(convolution_->scratch_bytes(), 64); }

  BoundEpilogue epilogue_;
  ValueDesc x_, y_;
  std::unique_ptr<onednn::Convolution> convolution_;
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
