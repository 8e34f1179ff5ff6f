// LinearI8 and ConvI8 on oneDNN's convolution of bytes. The kernels of the tier quantise rows and maps and finish the sums,
// so that the bits are those of "own". oneDNN repacks the weights at bind, and runs one image on one thread: images are
// shared among the worker threads, and OpenMP never starts threads of its own.
#include <algorithm>
#include <limits>

#include "runtime/base/check.h"
#include "runtime/onednn/int8_convolution.h"
#include "runtime/ops/conv_i8.h"
#include "runtime/ops/linear_i8.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

// [groups][panels][taps][ceil(cin/4)][16][4] -> [taps, cin, cout], cin of a group.
std::vector<int8_t> Unpack(const int8_t* panels, int64_t groups, int64_t taps, int64_t cin, int64_t cout) {
  const int64_t n = cout / groups, panel_count = PanelCount(n), fours = (cin + 3) / 4;
  std::vector<int8_t> plain(static_cast<size_t>(taps * cin * cout));
  for (int64_t row = 0; row < taps * cin; ++row) {
    for (int64_t o = 0; o < cout; ++o) {
      const int64_t panel = o / n * panel_count + o % n / kPanel, i = row % cin;
      const int64_t four = (panel * taps + row / cin) * fours + i / 4;
      plain[static_cast<size_t>(row * cout + o)] = panels[(four * kPanel + o % n % kPanel) * 4 + i % 4];
    }
  }
  return plain;
}

// Whether the products of one group of four fit int16 in every block of the weights, as the plan says.
bool PairsFit(const OpContext& c) {
  const auto* runs = reinterpret_cast<const int32_t*>(c.inputs[7].constant_data);
  return std::all_of(runs, runs + c.inputs[7].size(), [](int32_t run) { return run > 0; });
}

// One image's sums and the end of the layer. Its scratch memory is behind what quantising takes of a thread's.
class Sums {
 public:
  Sums(std::shared_ptr<const onednn::Int8Convolution> convolution, const kernels::Int8Kernels& kernels,
       const ValueDesc& y, size_t before)
      : convolution_(std::move(convolution)),
        kernels_(kernels),
        rows_(y.rows()),
        n_(y.channels()),
        own_at_(AlignUp(before, 64)),
        sums_at_(own_at_ + AlignUp(convolution_->scratch_bytes(), 64)) {}

  size_t scratch_bytes() const { return sums_at_ + static_cast<size_t>(rows_ * n_) * sizeof(int32_t); }

  // x: quantised. `end`: complete but for sums and n. A run cannot fail: without memory the results are NaN.
  void Run(const uint8_t* x, kernels::Int8SumsArgs end, std::byte* scratch) const {
    auto* sums = reinterpret_cast<int32_t*>(scratch + sums_at_);
    if (!convolution_->Run(x, sums, scratch + own_at_)) {
      std::fill_n(end.c, rows_ * n_, std::numeric_limits<float>::quiet_NaN());
      return;
    }
    end.n = n_;
    end.sums = sums;
    kernels_.finish(end, 0, rows_);
  }

 private:
  std::shared_ptr<const onednn::Int8Convolution> convolution_;
  const kernels::Int8Kernels& kernels_;
  int64_t rows_, n_;
  size_t own_at_, sums_at_;
};

}  // namespace

std::string RefuseOneDnnInt8(const OpContext& c) { return std::string(c.onednn_refusal); }

Result<std::unique_ptr<BoundOp>> BindOneDnnLinearI8(const OpContext& c) {
  VITRT_RETURN_IF_ERROR(CheckInt8Scales(c));
  const LinearI8Layer layer(c);
  const QuantizedRows quantized(layer.rows, layer.k);
  onednn::Int8ConvolutionSpec spec;
  // The bytes behind k of a quantised row are channels whose weights are 0.
  spec.cin = quantized.pitch;
  spec.cout = layer.args.n;
  spec.window.h = spec.window.oh = layer.rows;
  spec.window.w = spec.window.ow = 1;
  std::vector<int8_t> plain = Unpack(layer.args.b, 1, 1, layer.k, spec.cout);
  plain.resize(static_cast<size_t>(spec.cin * spec.cout));
  spec.weight = plain.data();
  spec.pairs_fit = PairsFit(c);
  VITRT_ASSIGN_OR_RETURN(std::shared_ptr<const onednn::Int8Convolution> convolution,
                         onednn::Int8Convolution::Create(spec));
  const Sums sums(std::move(convolution), *c.int8, layer.y, quantized.bytes(1));
  const auto run = [layer, quantized, sums, &kernels = *c.int8](const ImageTensors& t) {
    kernels::QuantizeArgs rows = quantized.In(t.scratch, t.in<float>(0), layer.k);
    const bool image = layer.range == plan::InputRange::Image;
    const kernels::Int8Grid grid = image ? GridOf(kernels.range(rows.x, layer.rows * layer.k)) : layer.grid;
    if (layer.range != plan::InputRange::Own) rows.grid = &grid;
    kernels.quantize(rows, 0, layer.rows);
    sums.Run(rows.q,
             {.a_scale = rows.scale,
              .a_zero = rows.zero,
              .b_scale = layer.args.b_scale,
              .column_sums = layer.args.column_sums,
              .c = t.out<float>(),
              .epilogue = layer.epilogue.At(t.run, t.image)},
             t.scratch);
  };
  return PerImage(c, run, sums.scratch_bytes());
}

Result<std::unique_ptr<BoundOp>> BindOneDnnConvI8(const OpContext& c) {
  VITRT_RETURN_IF_ERROR(CheckInt8Scales(c));
  const ConvI8Layer layer(c);
  onednn::Int8ConvolutionSpec spec;
  spec.cin = layer.args.cin;
  spec.cout = layer.args.cout;
  spec.groups = layer.args.groups;
  spec.window = layer.args.window;  // of the map with its padding
  spec.window.h = layer.map_rows;
  spec.window.w = layer.map.pitch / spec.cin;
  spec.window.pad_top = spec.window.pad_left = 0;
  const std::vector<int8_t> plain =
      Unpack(layer.args.b, spec.groups, spec.window.kernel_h * spec.window.kernel_w, spec.cin / spec.groups, spec.cout);
  spec.weight = plain.data();
  spec.pairs_fit = PairsFit(c);
  VITRT_ASSIGN_OR_RETURN(std::shared_ptr<const onednn::Int8Convolution> convolution,
                         onednn::Int8Convolution::Create(spec));
  const Sums sums(std::move(convolution), *c.int8, layer.y, layer.bytes(1));
  const auto run = [layer, sums, &kernels = *c.int8](const ImageTensors& t) {
    const float* x = t.in<float>(0);
    const kernels::Int8MapArgs map = layer.Map(t.scratch, x, kernels.range(x, layer.x.size()));
    kernels.quantize_map(map, 0, layer.map_rows);
    sums.Run(map.map,
             {.a_scale = map.scale,
              .a_zero = map.zero,
              .a_step = 0,
              .b_scale = layer.args.b_scale,
              .column_sums = layer.args.column_sums,
              .c = t.out<float>(),
              .epilogue = layer.epilogue.At(t.run, t.image)},
             t.scratch);
  };
  return PerImage(c, run, sums.scratch_bytes());
}

}  // namespace vitrt::ops
