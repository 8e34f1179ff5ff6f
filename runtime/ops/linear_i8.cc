// The linear layer on 8-bit integers: rows are quantised into scratch memory, then multiplied by the int8 panels.
#include "runtime/ops/linear_i8.h"

#include "runtime/kernels/ref/int8.h"
#include "runtime/ops/matrix_product.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

class OwnLinearI8 final : public BoundOp {
 public:
  explicit OwnLinearI8(const OpContext& c) : kernels_(*c.int8), layer_(c) {}

  size_t scratch_bytes(int threads, int n) const override { return RowsOf(n).bytes(threads); }

  void Run(const RunContext& run) const override {
    const bool merge = layer_.epilogue.images_merge();
    const QuantizedRows quantized = RowsOf(run.n);
    for (int64_t i = 0; i < (merge ? 1 : run.n); ++i) {
      const kernels::QuantizeArgs rows = quantized.In(run.scratch, run.inputs[0].image<float>(i, layer_.x), layer_.k);
      Quantize(rows, quantized, run);
      kernels::Int8GemmArgs args = layer_.Product(rows, quantized, run.outputs[0].image<float>(i, layer_.y));
      args.epilogue = layer_.epilogue.At(run, i);
      const ProductParts parts({args.m, args.n, args.k, kernels_.gemm_rows}, run.team->threads());
      run.team->For(parts.count(), 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t part = begin; part < end; ++part) kernels_.gemm(args, parts.block(part));
      });
    }
  }

 private:
  // All rows of one image or, where images merge, of all.
  void Quantize(kernels::QuantizeArgs rows, const QuantizedRows& quantized, const RunContext& run) const {
    const bool image = layer_.range == plan::InputRange::Image;
    kernels::Int8Grid grid = layer_.grid;
    if (layer_.range != plan::InputRange::Own) rows.grid = &grid;
    const int64_t step = image ? layer_.rows : quantized.rows;  // rows that have a grid in common
    for (int64_t row = 0; row < quantized.rows; row += step) {
      if (image) {
        grid = GridOf(RangeOf(*run.team, kernels_.range, rows.x + row * layer_.k, step * layer_.k,
                              quantized.Ranges(run.scratch)));
      }
      run.team->For(step, GrainOf(layer_.k * 4),
                    [&](int64_t begin, int64_t end, int) { kernels_.quantize(rows, row + begin, row + end); });
    }
  }

  QuantizedRows RowsOf(int n) const {
    return {layer_.epilogue.images_merge() ? n * layer_.rows : layer_.rows, layer_.k};
  }

  const kernels::Int8Kernels& kernels_;
  LinearI8Layer layer_;
};

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  return std::unique_ptr<BoundOp>(std::make_unique<OwnLinearI8>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  const LinearI8Layer layer(c);
  const QuantizedRows quantized(layer.rows, layer.k);
  const auto run = [layer, quantized](const ImageTensors& t) {
    kernels::QuantizeArgs rows = quantized.In(t.scratch, t.run.inputs[0].image<float>(t.image, layer.x), layer.k);
    const bool image = layer.range == plan::InputRange::Image;
    const kernels::Int8Grid grid = image ? GridOf(ReferenceRangeOf(rows.x, layer.rows * layer.k)) : layer.grid;
    if (layer.range != plan::InputRange::Own) rows.grid = &grid;
    kernels::ref::QuantizeRows(rows, 0, layer.rows);
    kernels::Int8GemmArgs args = layer.Product(rows, quantized, t.out<float>());
    args.epilogue = layer.epilogue.At(t.run, t.image);
    kernels::ref::Int8Gemm(args, {0, args.m, 0, PanelCount(args.n)});
  };
  return PerImage(c, run, quantized.bytes(1));
}

constexpr OpImpl kImplementations[] = {
    {"own", AcceptAlways, BindOwn},
#if VITRT_HAS_ONEDNN
    {"onednn_conv1x1", RefuseOneDnnInt8, BindOneDnnLinearI8},
#endif
    {"reference", AcceptAlways, BindReference},
};

}  // namespace

std::span<const OpImpl> LinearI8Implementations() { return kImplementations; }

}  // namespace vitrt::ops
