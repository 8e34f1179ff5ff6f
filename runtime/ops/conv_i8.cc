// Convolution on 8-bit integers: the map of an image is quantised into scratch memory, with its padding, and read there.
#include "runtime/kernels/ref/int8.h"
#include "runtime/ops/epilogue.h"
#include "runtime/ops/int8_input.h"
#include "runtime/ops/int8_weights.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"
#include "runtime/ops/window.h"

namespace vitrt::ops {
namespace {

// What does not depend on the image. Scratch memory: the quantised map, its scale and zero, and one range a thread.
struct Layer {
  ValueDesc x, y;
  kernels::Int8ConvArgs args;
  kernels::Int8MapArgs map;
  int64_t map_rows, map_bytes;
  std::vector<int64_t> taps;
  BoundEpilogue epilogue;
  bool given;  // the grid of x
  kernels::Int8Grid grid;

  explicit Layer(const OpContext& c)
      : x(c.inputs[0]),
        y(c.outputs[0]),
        epilogue(c, c.step->op_as_ConvI8()->act()),
        given(c.step->op_as_ConvI8()->range() == plan::InputRange::Given),
        grid(GivenGrid(*c.step->op_as_ConvI8())) {
    kernels::Window2d& w = args.window = WindowOf(*c.step->op_as_ConvI8(), x, y);
    args.cin = x.channels();
    args.cout = y.channels();
    args.groups = c.step->op_as_ConvI8()->groups();
    map.h = w.h;
    map.row = w.w * args.cin;
    map.top = w.pad_top;
    map.left = w.pad_left * args.cin;
    map.pitch = args.pitch = ((w.ow - 1) * w.stride_w + (w.kernel_w - 1) * w.dilation_w + 1) * args.cin;
    map_rows = (w.oh - 1) * w.stride_h + (w.kernel_h - 1) * w.dilation_h + 1;
    map_bytes = UpTo(map_rows * map.pitch + 15, 64);
    for (int64_t tap = 0; tap < w.kernel_h * w.kernel_w; ++tap) {
      taps.push_back(tap / w.kernel_w * w.dilation_h * map.pitch + tap % w.kernel_w * w.dilation_w * args.cin);
    }
    TakeInt8Weights(c, &args);
  }

  size_t bytes(int threads) const {
    return static_cast<size_t>(map_bytes + 64 + UpTo(threads * int64_t{sizeof(kernels::Int8Range)}, 64));
  }
  kernels::Int8Range* Ranges(std::byte* scratch) const {
    return reinterpret_cast<kernels::Int8Range*>(scratch + map_bytes + 64);
  }
  kernels::Int8MapArgs Map(std::byte* scratch, const float* image, const kernels::Int8Range& range) const {
    kernels::Int8MapArgs m = map;
    m.x = image;
    m.range = range;
    m.grid = given ? &grid : nullptr;
    m.scale = reinterpret_cast<float*>(scratch + map_bytes);
    m.zero = reinterpret_cast<int32_t*>(m.scale + 1);
    m.map = reinterpret_cast<uint8_t*>(scratch);
    return m;
  }
  kernels::Int8ConvArgs Conv(const kernels::Int8MapArgs& quantized, const RunContext& run, int64_t image) const {
    kernels::Int8ConvArgs a = args;
    a.map = quantized.map;
    a.taps = taps.data();
    a.a_scale = quantized.scale;
    a.a_zero = quantized.zero;
    a.y = run.outputs[0].image<float>(image, y);
    a.epilogue = epilogue.At(run, image);
    return a;
  }
};

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
  Layer layer_;
};

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  return std::unique_ptr<BoundOp>(std::make_unique<OwnConvI8>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  const Layer layer(c);
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
    {"reference", AcceptAlways, BindReference},
};

}  // namespace

std::span<const OpImpl> ConvI8Implementations() { return kImplementations; }

}  // namespace vitrt::ops
