// Convolution on 8-bit integers: the map of an image is quantised into scratch memory, with its padding, and read there.
#include "runtime/ops/conv_i8.h"

#include "runtime/kernels/ref/int8.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

class OwnConvI8 final : public BoundOp {
 public:
  explicit OwnConvI8(const OpContext& c) : kernels_(*c.int8), layer_(c) {}

  size_t scratch_bytes(int threads, int) const override { return layer_.bytes(threads); }

  void Run(const RunContext& run) const override {
    for (int64_t i = 0; i < run.n; ++i) RunImage(run, i);
  }

 private:
  // Output rows that are worth handing to another thread.
  int64_t PartRows() const {
    constexpr int64_t kPartProducts = 500000;
    const kernels::Window2d& w = layer_.args.window;
    const int64_t row = w.ow * w.kernel_h * w.kernel_w * layer_.args.cin / layer_.args.groups * layer_.args.cout;
    return 1 + kPartProducts / std::max<int64_t>(1, row);
  }

  void RunImage(const RunContext& run, int64_t i) const {
    const float* x = run.inputs[0].image<float>(i, layer_.x);
    const kernels::Int8Range range = RangeOf(*run.team, kernels_.range, x, layer_.x.size(), layer_.Ranges(run.scratch));
    const kernels::Int8MapArgs map = layer_.Map(run.scratch, x, range);
    run.team->For(layer_.map_rows, GrainOf(4 * map.pitch),
                  [&](int64_t begin, int64_t end, int) { kernels_.quantize_map(map, begin, end); });
    const kernels::Int8ConvArgs conv = layer_.Conv(map, run, i);
    run.team->For(conv.window.oh, PartRows(),
                  [&](int64_t begin, int64_t end, int) { kernels_.conv(conv, begin, end); });
  }

  const kernels::Int8Kernels& kernels_;
  ConvI8Layer layer_;
};

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  return std::unique_ptr<BoundOp>(std::make_unique<OwnConvI8>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  const ConvI8Layer layer(c);
  const auto run = [layer](const ImageTensors& t) {
    const kernels::Int8Range range = ReferenceRangeOf(t.in<float>(0), layer.x.size());
    const kernels::Int8MapArgs map = layer.Map(t.scratch, t.in<float>(0), range);
    kernels::ref::QuantizeMap(map, 0, layer.map_rows);
    kernels::ref::Int8Conv(layer.Conv(map, t.run, t.image), 0, layer.args.window.oh);
  };
  return PerImage(c, run, layer.bytes(1));
}

constexpr OpImpl kImplementations[] = {
    {"own", AcceptAlways, BindOwn},
#if VITRT_HAS_ONEDNN
    {"onednn", RefuseOneDnnInt8, BindOneDnnConvI8},
#endif
    {"reference", AcceptAlways, BindReference},
};

}  // namespace

std::span<const OpImpl> ConvI8Implementations() { return kImplementations; }

}  // namespace vitrt::ops
