// LinearI8 as its implementations share it: the layer and its quantised rows.
#pragma once

#include "runtime/ops/epilogue.h"
#include "runtime/ops/int8_input.h"
#include "runtime/ops/int8_weights.h"

namespace vitrt::ops {

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
struct LinearI8Layer {
  ValueDesc x, y;
  int64_t rows, k;
  kernels::Int8GemmArgs args;
  BoundEpilogue epilogue;
  plan::InputRange range;
  kernels::Int8Grid grid;  // where it is given

  explicit LinearI8Layer(const OpContext& c)
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

}  // namespace vitrt::ops
