// Convolution on rows x channels: 1x1 as a linear layer, depthwise, dense and grouped, Winograd.
#include "runtime/kernels/ref/conv.h"
#include "runtime/ops/image_ranges.h"
#include "runtime/ops/linear.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {
namespace {

const plan::Conv2d& OpOf(const OpContext& c) { return *c.step->op_as_Conv2d(); }

bool IsDepthwise(const OpContext& c) { return c.inputs[1].encoding == plan::Encoding::Depthwise; }

kernels::ConvArgs ConvArgsOf(const OpContext& c) {
  kernels::ConvArgs args;
  args.window = WindowOf(OpOf(c), c.inputs[0], c.outputs[0]);
  args.cin = c.inputs[0].channels();
  args.cout = c.outputs[0].channels();
  args.groups = OpOf(c).groups();
  args.weight = c.inputs[1].constant_f32();
  return args;
}

kernels::DepthwiseArgs DepthwiseArgsOf(const OpContext& c) {
  kernels::DepthwiseArgs args;
  args.window = WindowOf(OpOf(c), c.inputs[0], c.outputs[0]);
  args.channels = c.inputs[0].channels();
  args.weight = c.inputs[1].constant_f32();
  return args;
}

// Sets what belongs to one image.
template <typename Args>
Args ForImage(Args args, const ImageTensors& t, const BoundEpilogue& epilogue) {
  args.x = t.in<float>(0);
  args.y = t.out<float>();
  args.epilogue = epilogue.At(t.run, t.image);
  return args;
}

class OwnConv2d final : public BoundOp {
 public:
  // Output positions that are worth handing to another thread.
  static int64_t PartRows(const kernels::ConvArgs& args) {
    constexpr int64_t kPartProducts = 250000;
    const kernels::Window2d& window = args.window;
    return 1 + kPartProducts / (window.kernel_h * window.kernel_w * args.cin / args.groups * args.cout);
  }

  explicit OwnConv2d(const OpContext& c)
      : kernel_(c.kernels->conv),
        args_(ConvArgsOf(c)),
        inputs_(c.inputs.begin(), c.inputs.end()),
        outputs_(c.outputs.begin(), c.outputs.end()),
        epilogue_(c, OpOf(c).act()),
        scratch_(AlignUp(kernel_.scratch_bytes(args_), 64)),
        grain_(PartRows(args_)) {}

  size_t scratch_bytes(int threads, int) const override { return scratch_ * static_cast<size_t>(threads); }

  void Run(const RunContext& run) const override {
    ForImageRanges(
        *run.team, run.n, outputs_[0].rows(), grain_, [&](int64_t image, int64_t begin, int64_t end, int thread) {
          const ImageTensors t{run, inputs_, outputs_, image, run.scratch + thread * static_cast<int64_t>(scratch_)};
          kernel_.run(ForImage(args_, t, epilogue_), begin, end, t.scratch);
        });
  }

 private:
  kernels::ConvKernel kernel_;
  kernels::ConvArgs args_;
  std::vector<ValueDesc> inputs_, outputs_;
  BoundEpilogue epilogue_;
  size_t scratch_;
  int64_t grain_;
};

kernels::WinogradArgs WinogradArgsOf(const OpContext& c) {
  kernels::WinogradArgs args{.tile = OpOf(c).winograd(), .conv = ConvArgsOf(c)};
  args.conv.weight = c.inputs[5].constant_f32();
  return args;
}

class OwnWinograd final : public BoundOp {
 public:
  explicit OwnWinograd(const OpContext& c)
      : kernel_(c.kernels->winograd),
        args_(WinogradArgsOf(c)),
        inputs_(c.inputs.begin(), c.inputs.end()),
        outputs_(c.outputs.begin(), c.outputs.end()),
        epilogue_(c, OpOf(c).act()),
        tiles_(kernel_.tiles(args_)),
        scratch_(AlignUp(kernel_.scratch_bytes(args_), 64)) {}

  size_t scratch_bytes(int threads, int) const override { return scratch_ * static_cast<size_t>(threads); }

  void Run(const RunContext& run) const override {
    // Each part reads all weights again.
    const int64_t grain = std::clamp<int64_t>(GrainForTeam(run.n * tiles_, run.team->threads()), 4, 64);
    ForImageRanges(*run.team, run.n, tiles_, grain, [&](int64_t image, int64_t begin, int64_t end, int thread) {
      const ImageTensors t{run, inputs_, outputs_, image, run.scratch + thread * static_cast<int64_t>(scratch_)};
      kernel_.run({.tile = args_.tile, .conv = ForImage(args_.conv, t, epilogue_)}, begin, end, t.scratch);
    });
  }

 private:
  kernels::WinogradKernel kernel_;
  kernels::WinogradArgs args_;
  std::vector<ValueDesc> inputs_, outputs_;
  BoundEpilogue epilogue_;
  int64_t tiles_;
  size_t scratch_;
};

class OwnDepthwise final : public BoundOp {
 public:
  explicit OwnDepthwise(const OpContext& c)
      : kernel_(c.kernels->depthwise),
        args_(DepthwiseArgsOf(c)),
        inputs_(c.inputs.begin(), c.inputs.end()),
        outputs_(c.outputs.begin(), c.outputs.end()),
        epilogue_(c, OpOf(c).act()) {}

  void Run(const RunContext& run) const override {
    ForImageRanges(*run.team, run.n, args_.window.oh, GrainOf(4 * args_.window.ow * args_.channels),
                   [&](int64_t image, int64_t begin, int64_t end, int) {
                     const ImageTensors t{run, inputs_, outputs_, image, nullptr};
                     kernel_(ForImage(args_, t, epilogue_), begin, end);
                   });
  }

 private:
  kernels::DepthwiseKernel kernel_;
  kernels::DepthwiseArgs args_;
  std::vector<ValueDesc> inputs_, outputs_;
  BoundEpilogue epilogue_;
};

std::string RefuseLinear(const OpContext& c) {
  if (IsDepthwise(c) || OpOf(c).groups() != 1) return "grouped";
  const auto all = [](const flatbuffers::Vector<int32_t>* values, int32_t wanted) {
    for (int32_t v : *values) {
      if (v != wanted) return false;
    }
    return true;
  };
  if (!all(OpOf(c).kernel(), 1)) return "the kernel is not 1x1";
  if (!all(OpOf(c).strides(), 1) || !all(OpOf(c).pads(), 0)) return "strides or pads";
  return {};
}

Result<std::unique_ptr<BoundOp>> BindLinear(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<PanelLinear>(c, OpOf(c).act()));
}

std::string RefuseOwn(const OpContext& c) {
  if (IsDepthwise(c)) return "depthwise";
  return c.kernels->conv.run == nullptr ? "no kernel in this tier" : "";
}
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnConv2d>(c));
}

std::string RefuseWinograd(const OpContext& c) {
  return OpOf(c).winograd() == 0 ? "the plan has no weights for it" : "";
}
Result<std::unique_ptr<BoundOp>> BindWinograd(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnWinograd>(c));
}

std::string RefuseDepthwise(const OpContext& c) {
  if (!IsDepthwise(c)) return "not depthwise";
  return c.kernels->depthwise == nullptr ? "no kernel in this tier" : "";
}
Result<std::unique_ptr<BoundOp>> BindDepthwise(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnDepthwise>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const BoundEpilogue epilogue(c, OpOf(c).act());
  if (IsDepthwise(c)) {
    return PerImage(c, [args = DepthwiseArgsOf(c), epilogue](const ImageTensors& t) {
      kernels::ref::Depthwise(ForImage(args, t, epilogue), 0, args.window.oh);
    });
  }
  return PerImage(c, [args = ConvArgsOf(c), epilogue](const ImageTensors& t) {
    kernels::ref::Conv2d(ForImage(args, t, epilogue), 0, args.window.oh * args.window.ow);
  });
}

constexpr OpImpl kImplementations[] = {
    {"own_1x1", RefuseLinear, BindLinear},
    {"own_depthwise", RefuseDepthwise, BindDepthwise},
    {"own_winograd", RefuseWinograd, BindWinograd},
    {"own", RefuseOwn, BindOwn},
#if VITRT_HAS_ONEDNN
    {"onednn", RefuseOneDnnConv2d, BindOneDnnConv2d},
#endif
    {"reference", AcceptAlways, BindReference},
};

}  // namespace

std::span<const OpImpl> Conv2dImplementations() { return kImplementations; }

}  // namespace vitrt::ops
