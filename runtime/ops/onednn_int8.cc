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

// One image's sums and the end of the layer. Its scratch memory is behind what quantising takes of a thread's.
class Sums {
 public:
  template <typename Layer>
  Sums(std::shared_ptr<const onednn::Int8Convolution> convolution, const kernels::Int8Kernels& kernels,
       const Layer& layer, size_t before)
      : convolution_(std::move(convolution)),
        kernels_(kernels),
        epilogue_(layer.epilogue),
        rows_(layer.y.rows()),
        end_{.n = layer.y.channels(), .b_scale = layer.args.b_scale, .column_sums = layer.args.column_sums},
        own_at_(AlignUp(before, 64)),
        sums_at_(own_at_ + AlignUp(convolution_->scratch_bytes(), 64)) {}

  size_t scratch_bytes() const { return sums_at_ + static_cast<size_t>(rows_ * end_.n) * sizeof(int32_t); }

  // x: quantised, with its scales and zeros (a_step as Int8SumsArgs). A run cannot fail: without memory the results are NaN.
  void Run(const ImageTensors& t, const uint8_t* x, const float* scale, const int32_t* zero, int64_t a_step) const {
    auto* sums = reinterpret_cast<int32_t*>(t.scratch + sums_at_);
    kernels::Int8SumsArgs end = end_;
    end.sums = sums;
    end.a_scale = scale;
    end.a_zero = zero;
    end.a_step = a_step;
    end.c = t.out<float>();
    end.epilogue = epilogue_.At(t.run, t.image);
    if (convolution_->Run(x, sums, t.scratch + own_at_)) {
      kernels_.finish(end, 0, rows_);
    } else {
      std::fill_n(end.c, rows_ * end.n, std::numeric_limits<float>::quiet_NaN());
    }
  }

 private:
  std::shared_ptr<const onednn::Int8Convolution> convolution_;
  const kernels::Int8Kernels& kernels_;
  BoundEpilogue epilogue_;
  int64_t rows_;
  kernels::Int8SumsArgs end_;  // what does not depend on the image
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
  VITRT_ASSIGN_OR_RETURN(std::shared_ptr<const onednn::Int8Convolution> convolution,
                         onednn::Int8Convolution::Create(spec));
  const Sums sums(std::move(convolution), *c.int8, layer, quantized.bytes(1));
  const auto run = [layer, quantized, sums, &kernels = *c.int8](const ImageTensors& t) {
    kernels::QuantizeArgs rows = quantized.In(t.scratch, t.in<float>(0), layer.k);
    const bool image = layer.range == plan::InputRange::Image;
    const kernels::Int8Grid grid = image ? GridOf(kernels.range(rows.x, layer.rows * layer.k)) : layer.grid;
    if (layer.range != plan::InputRange::Own) rows.grid = &grid;
    kernels.quantize(rows, 0, layer.rows);
    sums.Run(t, rows.q, rows.scale, rows.zero, 1);
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
  VITRT_ASSIGN_OR_RETURN(std::shared_ptr<const onednn::Int8Convolution> convolution,
                         onednn::Int8Convolution::Create(spec));
  const Sums sums(std::move(convolution), *c.int8, layer, layer.bytes(1));
  const auto run = [layer, sums, &kernels = *c.int8](const ImageTensors& t) {
    const float* x = t.in<float>(0);
    const kernels::Int8MapArgs map = layer.Map(t.scratch, x, kernels.range(x, layer.x.size()));
    kernels.quantize_map(map, 0, layer.map_rows);
    sums.Run(t, map.map, map.scale, map.zero, 0);
  };
  return PerImage(c, run, sums.scratch_bytes());
}

}  // namespace vitrt::ops
