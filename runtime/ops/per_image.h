// The simplest way to do an op: a function of one image, called for each image of the batch, images split over threads.
// Reference implementations and ops that only move data are built on it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "runtime/base/checked_math.h"
#include "runtime/base/thread_team.h"
#include "runtime/kernels/ref/shape.h"
#include "runtime/ops/op_impl.h"

namespace vitrt::ops {

// One image's tensors of a step.
struct ImageTensors {
  const RunContext& run;
  std::span<const ValueDesc> input_descs, output_descs;
  int64_t image = 0;
  std::byte* scratch = nullptr;  // this thread's own

  bool has(size_t i) const { return i < run.inputs.size() && run.inputs[i].data != nullptr; }
  template <typename T>
  const T* in(size_t i) const {
    return has(i) ? run.inputs[i].image<T>(image, input_descs[i]) : nullptr;
  }
  template <typename T>
  T* out(size_t i = 0) const {
    return run.outputs[i].image<T>(image, output_descs[i]);
  }
};

template <typename F>
class PerImageOp final : public BoundOp {
 public:
  PerImageOp(const OpContext& context, size_t scratch, F f)
      : inputs_(context.inputs.begin(), context.inputs.end()),
        outputs_(context.outputs.begin(), context.outputs.end()),
        scratch_(AlignUp(scratch, 64)),
        f_(std::move(f)) {}

  size_t scratch_bytes(int threads, int /*n*/) const override { return scratch_ * static_cast<size_t>(threads); }

  void Run(const RunContext& run) const override {
    run.team->For(run.n, 1, [&](int64_t begin, int64_t end, int thread) {
      for (int64_t i = begin; i < end; ++i)
        f_(ImageTensors{run, inputs_, outputs_, i, run.scratch + thread * static_cast<int64_t>(scratch_)});
    });
  }

 private:
  std::vector<ValueDesc> inputs_, outputs_;
  size_t scratch_;
  F f_;
};

// f(const ImageTensors&) const; `scratch` bytes for each thread.
template <typename F>
Result<std::unique_ptr<BoundOp>> PerImage(const OpContext& context, F f, size_t scratch = 0) {
  return std::unique_ptr<BoundOp>(std::make_unique<PerImageOp<F>>(context, scratch, std::move(f)));
}

inline std::string AcceptAlways(const OpContext&) { return {}; }

inline kernels::ref::Shape ShapeOf(const ValueDesc& value) { return kernels::ref::Shape(value.dims); }

// [outer, axis, inner] around an axis.
struct AxisView {
  int64_t outer = 1, axis = 1, inner = 1;
};
inline AxisView AxisViewOf(int axis, const ValueDesc& x) {
  const kernels::ref::Shape shape = ShapeOf(x);
  return {shape.SizeOf(0, axis), shape[axis], shape.SizeOf(axis + 1, shape.rank)};
}

template <typename T>
std::span<const T> SpanOf(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? std::span<const T>() : std::span<const T>(vector->data(), vector->size());
}

}  // namespace vitrt::ops
