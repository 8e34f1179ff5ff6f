// The linear layer on 8-bit integers: rows are quantised into scratch memory, then multiplied by the int8 panels.
#include "runtime/kernels/ref/int8.h"
#include "runtime/ops/epilogue.h"
#include "runtime/ops/int8_input.h"
#include "runtime/ops/int8_weights.h"
#include "runtime/ops/matrix_product.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

// Quantised rows in scratch memory: bytes, then scales, then zero points, then a range for each thread.
struct QuantizedRows {
  int64_t rows, pitch;

  QuantizedRows(int64_t row_count, int64_t k) : rows(row_count), pitch(UpTo(k, 16)) {}
  int64_t scales_at() const { return UpTo(rows * pitch, 64); }
  int64_t ranges_at() const { return UpTo(scales_at() + rows * 8, 64); }
  size_t bytes(int threads) const {
    return static_cast<size_t>(ranges_at() + UpTo(threads * int64_t{sizeof(kernels::Int8Range)}, 64));
  }
  kernels::Int8Range* Ranges(std::byte* scratch) const {
    return reinterpret_cast<kernels::Int8Range*>(scratch + ranges_at());
  }

  kernels::QuantizeArgs In(std::byte* scratch, const float* x, int64_t k) const {
    auto* scale = reinterpret_cast<float*>(scratch + scales_at());
    return {.k = k,
            .x = x,
            .x_ld = k,
            .q = reinterpret_cast<uint8_t*>(scratch),
            .q_ld = pitch,
            .scale = scale,
            .zero = reinterpret_cast<int32_t*>(scale + rows)};
  }
};

// What does not depend on the image.
struct Layer {
  ValueDesc x, y;
  int64_t rows, k;
  kernels::Int8GemmArgs args;
  BoundEpilogue epilogue;
  plan::InputRange range;
  kernels::Int8Grid grid;  // where it is given

  explicit Layer(const OpContext& c)
      : x(c.inputs[0]),
        y(c.outputs[0]),
        rows(x.rows()),
        k(x.channels()),
        epilogue(c, c.step->op_as_LinearI8()->act()),
        range(c.step->op_as_LinearI8()->range()),
        grid(GivenGrid(*c.step->op_as_LinearI8())) {
    args.n = args.ldc = y.channels();
    args.k = k;
    TakeInt8Weights(c, &args);
  }

  kernels::Int8GemmArgs Product(const kernels::QuantizeArgs& a, const QuantizedRows& quantized, float* c) const {
    kernels::Int8GemmArgs product = args;
    product.m = quantized.rows;
    product.a = a.q;
    product.lda = a.q_ld;
    product.a_scale = a.scale;
    product.a_zero = a.zero;
    product.c = c;
    return product;
  }
};

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
  Layer layer_;
};

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  return std::unique_ptr<BoundOp>(std::make_unique<OwnLinearI8>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  if (Status status = CheckInt8Scales(c); !status.ok()) return status;
  const Layer layer(c);
  const QuantizedRows quantized(layer.rows, layer.k);
  const auto run = [layer, quantized](const ImageTensors& t) {
    kernels::QuantizeArgs rows = quantized.In(t.scratch, t.in<float>(0), layer.k);
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
    {"reference", AcceptAlways, BindReference},
};

}  // namespace

std::span<const OpImpl> LinearI8Implementations() { return kImplementations; }

}  // namespace vitrt::ops
