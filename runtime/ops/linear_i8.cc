// The linear layer on 8-bit integers: rows are quantised into scratch memory, then multiplied by the int8 panels.
#include "runtime/kernels/ref/int8.h"
#include "runtime/ops/epilogue.h"
#include "runtime/ops/image_ranges.h"
#include "runtime/ops/int8_weights.h"
#include "runtime/ops/matrix_product.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

// Quantised rows in scratch memory: bytes, then scales, then zero points.
struct QuantizedRows {
  int64_t rows, pitch;

  QuantizedRows(int64_t row_count, int64_t k) : rows(row_count), pitch(UpTo(k, 16)) {}
  int64_t scales_at() const { return UpTo(rows * pitch, 64); }
  size_t bytes() const { return static_cast<size_t>(UpTo(scales_at() + rows * 8, 64)); }

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

  explicit Layer(const OpContext& c)
      : x(c.inputs[0]), y(c.outputs[0]), rows(x.rows()), k(x.channels()), epilogue(c, c.step->op_as_LinearI8()->act()) {
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

  size_t scratch_bytes(int, int n) const override { return RowsOf(n).bytes(); }

  void Run(const RunContext& run) const override {
    const bool merge = layer_.epilogue.images_merge();
    const QuantizedRows quantized = RowsOf(run.n);
    for (int64_t i = 0; i < (merge ? 1 : run.n); ++i) {
      const kernels::QuantizeArgs rows = quantized.In(run.scratch, run.inputs[0].image<float>(i, layer_.x), layer_.k);
      run.team->For(quantized.rows, GrainOf(layer_.k * 4),
                    [&](int64_t begin, int64_t end, int) { kernels_.quantize(rows, begin, end); });
      kernels::Int8GemmArgs args = layer_.Product(rows, quantized, run.outputs[0].image<float>(i, layer_.y));
      args.epilogue = layer_.epilogue.At(run, i);
      const ProductParts parts({args.m, args.n, args.k, kernels_.gemm_rows}, run.team->threads());
      run.team->For(parts.count(), 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t part = begin; part < end; ++part) kernels_.gemm(args, parts.block(part));
      });
    }
  }

 private:
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
    const kernels::QuantizeArgs rows = quantized.In(t.scratch, t.in<float>(0), layer.k);
    kernels::ref::QuantizeRows(rows, 0, layer.rows);
    kernels::Int8GemmArgs args = layer.Product(rows, quantized, t.out<float>());
    args.epilogue = layer.epilogue.At(t.run, t.image);
    kernels::ref::Int8Gemm(args, {0, args.m, 0, PanelCount(args.n)});
  };
  return PerImage(c, run, quantized.bytes());
}

constexpr OpImpl kImplementations[] = {
    {"own", AcceptAlways, BindOwn},
    {"reference", AcceptAlways, BindReference},
};

}  // namespace

std::span<const OpImpl> LinearI8Implementations() { return kImplementations; }

}  // namespace vitrt::ops
