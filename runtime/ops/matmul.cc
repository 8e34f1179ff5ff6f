// Products of two activations (or of a constant that is not a layer's weight): b is packed into panels, at bind where
// it is constant, else by each thread for the matrices whose rows it computes.
#include "runtime/kernels/ref/matmul.h"

#include "runtime/base/aligned_buffer.h"
#include "runtime/base/check.h"
#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

struct Geometry {
  int64_t m = 0, n = 0, k = 0, matrices = 1;  // matrices of one image's output
  bool transpose_b = false;
  std::vector<int64_t> a_index, b_index;  // by matrix of the output: which matrix of a and of b (broadcasting)
  int64_t b_matrices = 1;

  int64_t panels() const { return PanelCount(n); }
  int64_t packed_floats() const { return panels() * k * kPanel; }
};

Geometry GeometryOf(const OpContext& c) {
  using kernels::ref::Shape;
  const ValueDesc &a = c.inputs[0], &b = c.inputs[1], &y = c.outputs[0];
  Geometry g;
  g.transpose_b = c.step->op_as_MatMul()->transpose_b();
  g.m = y.dims[y.dims.size() - 2], g.n = y.channels(), g.k = a.channels();
  const auto leading = [](const ValueDesc& v) { return Shape(std::span(v.dims).first(v.dims.size() - 2)); };
  const Shape y_leading = leading(y);
  g.matrices = y_leading.Size();
  g.b_matrices = leading(b).Size();
  const kernels::ref::Strides strides[2] = {Broadcast(leading(a), y_leading), Broadcast(leading(b), y_leading)};
  ForEach(y_leading, strides, [&](int64_t, const int64_t* offsets) {
    g.a_index.push_back(offsets[0]);
    g.b_index.push_back(offsets[1]);
  });
  return g;
}

void PackPanels(const Geometry& g, const float* b, float* packed) {
  const int64_t row = g.transpose_b ? 1 : g.n, column = g.transpose_b ? g.k : 1;
  for (int64_t j = 0; j < g.n; j += kPanel) {
    const int64_t width = std::min(kPanel, g.n - j);
    for (int64_t i = 0; i < g.k; ++i, packed += kPanel) {
      for (int64_t x = 0; x < kPanel; ++x) packed[x] = x < width ? b[i * row + (j + x) * column] : 0.0f;
    }
  }
}

class OwnMatMul final : public BoundOp {
 public:
  OwnMatMul(const OpContext& c, AlignedBuffer packed)
      : kernels_(*c.kernels),
        g_(GeometryOf(c)),
        a_(c.inputs[0]),
        b_(c.inputs[1]),
        y_(c.outputs[0]),
        packed_(std::move(packed)) {}

  static Result<std::unique_ptr<BoundOp>> Bind(const OpContext& c) {
    AlignedBuffer packed;
    if (c.inputs[1].constant) {
      const Geometry g = GeometryOf(c);
      VITRT_ASSIGN_OR_RETURN(
          packed, AlignedBuffer::Allocate(static_cast<size_t>(g.b_matrices * g.packed_floats()) * sizeof(float)));
      for (int64_t i = 0; i < g.b_matrices; ++i) {
        PackPanels(g, c.inputs[1].constant_f32() + i * g.k * g.n,
                   reinterpret_cast<float*>(packed.data()) + i * g.packed_floats());
      }
    }
    return std::unique_ptr<BoundOp>(std::make_unique<OwnMatMul>(c, std::move(packed)));
  }

  size_t scratch_bytes(int threads, int) const override {
    return b_.constant ? 0 : static_cast<size_t>(threads * g_.packed_floats()) * sizeof(float);
  }

  void Run(const RunContext& run) const override {
    // A part packs the matrices it touches: one part for each thread, unless b is packed already.
    const int64_t rows = run.n * g_.matrices * g_.m;
    const int64_t grain = b_.constant ? kernels_.gemm_rows : GrainForTeam(rows, run.team->threads());
    ForImageRanges(
        *run.team, run.n * g_.matrices, g_.m, grain, [&](int64_t unit, int64_t begin, int64_t end, int thread) {
          const int64_t image = unit / g_.matrices, matrix = unit % g_.matrices,
                        b_matrix = g_.b_index[static_cast<size_t>(matrix)];
          kernels::GemmArgs args;
          args.m = g_.m, args.n = args.ldc = g_.n, args.k = args.lda = g_.k;
          args.a = run.inputs[0].image<float>(image, a_) + g_.a_index[static_cast<size_t>(matrix)] * g_.m * g_.k;
          args.c = run.outputs[0].image<float>(image, y_) + matrix * g_.m * g_.n;
          if (b_.constant) {
            args.b = reinterpret_cast<const float*>(packed_.data()) + b_matrix * g_.packed_floats();
          } else {
            float* packed = reinterpret_cast<float*>(run.scratch) + thread * g_.packed_floats();
            PackPanels(g_, run.inputs[1].image<float>(image, b_) + b_matrix * g_.k * g_.n, packed);
            args.b = packed;
          }
          kernels_.gemm(args, {begin, end, 0, g_.panels()});
        });
  }

 private:
  const kernels::KernelTable& kernels_;
  Geometry g_;
  ValueDesc a_, b_, y_;
  AlignedBuffer packed_;
};

Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  kernels::ref::MatMulArgs args;
  args.a_dims = ShapeOf(c.inputs[0]);
  args.b_dims = ShapeOf(c.inputs[1]);
  args.y_dims = ShapeOf(c.outputs[0]);
  args.transpose_b = c.step->op_as_MatMul()->transpose_b();
  return PerImage(c, [args](const ImageTensors& t) {
    auto m = args;
    m.a = t.in<float>(0);
    m.b = t.in<float>(1);
    m.y = t.out<float>();
    kernels::ref::MatMul(m);
  });
}

constexpr OpImpl kImplementations[] = {{"own", AcceptAlways, OwnMatMul::Bind},
                                       {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> MatMulImplementations() { return kImplementations; }

}  // namespace vitrt::ops
