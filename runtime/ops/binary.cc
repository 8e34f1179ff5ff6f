// Elementwise functions of two values. The vector kernel takes the shapes that models are full of: both alike, or one a
// row [c], a column [rows, 1] or a scalar repeated over the other.
#include "runtime/kernels/ref/binary.h"

#include <optional>

#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

plan::BinaryFn FnOf(const OpContext& c) { return c.step->op_as_Binary()->fn(); }

// y [rows, channels] = x (op) z[r * z_row_stride + c * z_column_stride], where x has y's shape; per image.
struct Pattern {
  size_t x = 0, z = 1;  // which input
  int64_t rows = 1, channels = 1;
  int64_t z_row_stride = 0, z_column_stride = 1;
};

// dims of `value` with leading ones up to `rank`.
std::vector<int64_t> Aligned(const ValueDesc& value, size_t rank) {
  std::vector<int64_t> dims(rank - value.dims.size(), 1);
  dims.insert(dims.end(), value.dims.begin(), value.dims.end());
  return dims;
}

std::optional<Pattern> MatchRows(const ValueDesc& y, const ValueDesc& z) {
  const size_t rank = y.dims.size();
  const std::vector<int64_t> dims = Aligned(z, rank);
  // z varies over a run of axes [first, last) and is repeated before and after it.
  size_t first = 0, last = rank;
  while (first < rank && dims[first] == 1) ++first;
  while (last > first && dims[last - 1] == 1) --last;
  if (first == last) first = last = 0;  // a scalar: a column of one
  for (size_t i = first; i < last; ++i) {
    if (dims[i] != y.dims[i]) return std::nullopt;
  }
  const auto product = [&](size_t begin, size_t end) {
    int64_t n = 1;
    for (size_t i = begin; i < end; ++i) n *= y.dims[i];
    return n;
  };
  const int64_t before = product(0, first), middle = product(first, last), after = product(last, rank);
  Pattern p;
  if (after == 1) {  // a row repeated, or the same shape (one long row)
    p.rows = before, p.channels = middle, p.z_row_stride = 0, p.z_column_stride = 1;
  } else if (before == 1) {  // a column repeated over its row
    p.rows = middle, p.channels = after, p.z_row_stride = 1, p.z_column_stride = 0;
  } else {
    return std::nullopt;
  }
  return p;
}

std::optional<Pattern> Match(const OpContext& c) {
  const ValueDesc& y = c.outputs[0];
  for (size_t x : {0, 1}) {
    if (c.inputs[x].size() != y.size()) continue;
    if (auto pattern = MatchRows(y, c.inputs[1 - x])) {
      pattern->x = x;
      pattern->z = 1 - x;
      return pattern;
    }
  }
  return std::nullopt;
}

class OwnBinary final : public BoundOp {
 public:
  explicit OwnBinary(const OpContext& c)
      : kernel_(c.kernels->binary),
        fn_(static_cast<kernels::Arithmetic>(FnOf(c))),
        pattern_(*Match(c)),
        x_(c.inputs[pattern_.x]),
        z_(c.inputs[pattern_.z]),
        y_(c.outputs[0]) {}

  void Run(const RunContext& run) const override {
    const Pattern& p = pattern_;
    // One row: split along it; else split rows.
    const bool one_row = p.rows == 1;
    ForImageRanges(*run.team, run.n, one_row ? p.channels : p.rows, GrainOf(one_row ? 4 : 4 * p.channels),
                   [&](int64_t image, int64_t begin, int64_t end, int) {
                     const int64_t at = one_row ? begin : begin * p.channels;
                     kernels::BinaryArgs args;
                     args.op = fn_;
                     args.rows = one_row ? 1 : end - begin;
                     args.channels = one_row ? end - begin : p.channels;
                     args.x = run.inputs[p.x].image<float>(image, x_) + at;
                     args.z = run.inputs[p.z].image<float>(image, z_) +
                              (one_row ? begin * p.z_column_stride : begin * p.z_row_stride);
                     args.z_row_stride = p.z_row_stride;
                     args.z_column_stride = p.z_column_stride;
                     args.swapped = p.x == 1;
                     args.y = run.outputs[0].image<float>(image, y_) + at;
                     kernel_(args);
                   });
  }

 private:
  kernels::BinaryKernel kernel_;
  kernels::Arithmetic fn_;
  Pattern pattern_;
  ValueDesc x_, z_, y_;
};

std::string RefuseOwn(const OpContext& c) {
  if (c.inputs[0].dtype != plan::DType::F32) return "not fp32";
  const plan::BinaryFn fn = FnOf(c);
  if (fn > plan::BinaryFn::Max || fn == plan::BinaryFn::Pow) return "no kernel for this function";
  return Match(c) ? "" : "a broadcast that is neither row, column nor scalar";
}
Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnBinary>(c));
}

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::ref::BinaryArgs args;
  args.fn = FnOf(c);
  args.dtype = c.inputs[0].dtype;
  args.x_dims = ShapeOf(c.inputs[0]);
  args.z_dims = ShapeOf(c.inputs[1]);
  args.y_dims = ShapeOf(c.outputs[0]);
  return PerImage(c, [args](const ImageTensors& t) {
    auto a = args;
    a.x = t.in<void>(0);
    a.z = t.in<void>(1);
    a.y = t.out<void>();
    kernels::ref::Binary(a);
  });
}

constexpr OpImpl kImplementations[] = {{"own", RefuseOwn, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> BinaryImplementations() { return kImplementations; }

}  // namespace vitrt::ops
