// Convolution on rows x channels: 1x1 as a linear layer, depthwise, dense and grouped, Winograd.
#include "runtime/kernels/ref/conv.h"
#include "runtime/ops/linear.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image_range.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {
namespace {

const plan::Conv2d& OpOf(const OpContext& c) { return *c.step->op_as_Conv2d(); }

BoundEpilogue EpilogueOf(const OpContext& c) { return {c, OpOf(c).act()}; }

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

kernels::WinogradArgs WinogradArgsOf(const OpContext& c) {
  return {.tile = OpOf(c).winograd(), .weight = c.inputs[5].constant_f32(), .conv = ConvArgsOf(c)};
}

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
  const kernels::ConvArgs args = ConvArgsOf(c);
  const kernels::ConvKernel kernel = c.kernels->conv;
  constexpr int64_t kPartProducts = 250000;
  const kernels::Window2d& window = args.window;
  const int64_t positions =
      1 + kPartProducts / (window.kernel_h * window.kernel_w * args.cin / args.groups * args.cout);
  return PerImageRange(
      c, window.oh * window.ow, [positions](const RunContext&) { return positions; },
      [args, kernel, epilogue = EpilogueOf(c)](const ImageTensors& t, int64_t begin, int64_t end) {
        kernel.run(ForImage(args, t, epilogue), begin, end, t.scratch);
      },
      kernel.scratch_bytes(args));
}

std::string RefuseWinograd(const OpContext& c) {
  return OpOf(c).winograd() == 0 ? "the plan has no weights for it" : "";
}
Result<std::unique_ptr<BoundOp>> BindWinograd(const OpContext& c) {
  const kernels::WinogradArgs args = WinogradArgsOf(c);
  const kernels::WinogradKernel kernel = c.kernels->winograd;
  const int64_t tiles = kernel.tiles(args);
  // Each part reads all weights again.
  const auto grain = [tiles](const RunContext& run) {
    return std::clamp<int64_t>(GrainForTeam(run.n * tiles, run.team->threads()), 4, 64);
  };
  return PerImageRange(
      c, tiles, grain,
      [args, kernel, epilogue = EpilogueOf(c)](const ImageTensors& t, int64_t begin, int64_t end) {
        kernel.run({.tile = args.tile, .weight = args.weight, .conv = ForImage(args.conv, t, epilogue)}, begin, end,
                   t.scratch);
      },
      kernel.scratch_bytes(args));
}

std::string RefuseDepthwise(const OpContext& c) {
  if (!IsDepthwise(c)) return "not depthwise";
  return c.kernels->depthwise == nullptr ? "no kernel in this tier" : "";
}
Result<std::unique_ptr<BoundOp>> BindDepthwise(const OpContext& c) {
  const kernels::DepthwiseArgs args = DepthwiseArgsOf(c);
  const int64_t rows = GrainOf(4 * args.window.ow * args.channels);
  return PerImageRange(
      c, args.window.oh, [rows](const RunContext&) { return rows; },
      [args, kernel = c.kernels->depthwise, epilogue = EpilogueOf(c)](
          const ImageTensors& t, int64_t begin, int64_t end) { kernel(ForImage(args, t, epilogue), begin, end); });
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  const BoundEpilogue epilogue = EpilogueOf(c);
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
