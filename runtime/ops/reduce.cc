// Reductions over axes, and the index of an extreme.
#include "runtime/kernels/ref/reduce.h"

#include <optional>

#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

const plan::Reduce& OpOf(const OpContext& c) { return *c.step->op_as_Reduce(); }

std::vector<bool> ReducedAxes(const OpContext& c) {
  std::vector<bool> reduced(c.inputs[0].dims.size(), false);
  for (int32_t axis : SpanOf(OpOf(c).axes())) reduced[static_cast<size_t>(axis)] = true;
  return reduced;
}

// Mean, sum, largest or smallest of columns: the reduced axes are neighbours with something behind them, [blocks, rows, channels] ->
// [blocks, channels].
struct ColumnView {
  int64_t blocks = 1, rows = 1, channels = 1;
  bool matches = false;
};
ColumnView ColumnsOf(const OpContext& c) {
  const std::vector<bool> reduced = ReducedAxes(c);
  const std::vector<int64_t>& dims = c.inputs[0].dims;
  ColumnView v;
  size_t i = 0;
  while (i < dims.size() && !reduced[i]) v.blocks *= dims[i++];
  while (i < dims.size() && reduced[i]) v.rows *= dims[i++];
  v.matches = i < dims.size();
  for (; i < dims.size(); ++i) {
    v.channels *= dims[i];
    v.matches = v.matches && !reduced[i];
  }
  return v;
}

std::optional<kernels::ColumnFn> ColumnFnOf(plan::ReduceFn fn) {
  switch (fn) {
    case plan::ReduceFn::Mean:
    case plan::ReduceFn::Sum:
      return kernels::ColumnFn::kSum;
    case plan::ReduceFn::Max:
      return kernels::ColumnFn::kMax;
    case plan::ReduceFn::Min:
      return kernels::ColumnFn::kMin;
    default:
      return std::nullopt;
  }
}

class OwnColumnReduce final : public BoundOp {
 public:
  explicit OwnColumnReduce(const OpContext& c)
      : kernel_(c.kernels->column_reduce),
        view_(ColumnsOf(c)),
        fn_(*ColumnFnOf(OpOf(c).fn())),
        mean_(OpOf(c).fn() == plan::ReduceFn::Mean),
        x_(c.inputs[0]),
        y_(c.outputs[0]) {}

  void Run(const RunContext& run) const override {
    ForImageRanges(*run.team, run.n, view_.blocks, GrainOf(view_.rows * view_.channels * 4),
                   [&](int64_t image, int64_t begin, int64_t end, int) {
                     for (int64_t b = begin; b < end; ++b) {
                       kernels::ColumnReduceArgs args;
                       args.fn = fn_;
                       args.rows = view_.rows;
                       args.channels = args.x_ld = view_.channels;
                       args.x = run.inputs[0].image<float>(image, x_) + b * view_.rows * view_.channels;
                       args.scale = mean_ ? 1.0f / static_cast<float>(view_.rows) : 1.0f;
                       args.y = run.outputs[0].image<float>(image, y_) + b * view_.channels;
                       kernel_(args);
                     }
                   });
  }

 private:
  kernels::ColumnReduceKernel kernel_;
  ColumnView view_;
  kernels::ColumnFn fn_;
  bool mean_;
  ValueDesc x_, y_;
};

std::string RefuseOwn(const OpContext& c) {
  if (c.inputs[0].dtype != plan::DType::F32) return "not fp32";
  if (!ColumnFnOf(OpOf(c).fn())) return "not mean, sum, largest or smallest";
  return ColumnsOf(c).matches ? "" : "the reduced axes are not neighbours before the last";
}
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnColumnReduce>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::ref::ReduceArgs args;
  args.fn = OpOf(c).fn();
  args.dtype = c.inputs[0].dtype;
  args.x_dims = ShapeOf(c.inputs[0]);
  const std::vector<bool> reduced = ReducedAxes(c);
  std::copy(reduced.begin(), reduced.end(), args.reduced);
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.y = t.out<void>();
    kernels::ref::Reduce(a);
  });
}

Result<std::unique_ptr<BoundOp>> BindArgReduce(const OpContext& c) {
  const plan::ArgReduce& op = *c.step->op_as_ArgReduce();
  const AxisView view = AxisViewOf(op.axis(), c.inputs[0]);
  kernels::ref::ArgReduceArgs args;
  args.dtype = c.inputs[0].dtype;
  args.outer = view.outer, args.axis = view.axis, args.inner = view.inner;
  args.max = op.max();
  args.select_last = op.select_last();
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.y = t.out<int64_t>();
    kernels::ref::ArgReduce(a);
  });
}

constexpr OpImpl kReduce[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};
constexpr OpImpl kArgReduce[] = {{"reference", AcceptAlways, BindArgReduce}};

}  // namespace

std::span<const OpImpl> ReduceImplementations() { return kReduce; }
std::span<const OpImpl> ArgReduceImplementations() { return kArgReduce; }

}  // namespace vitrt::ops
