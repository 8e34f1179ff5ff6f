// softmax(scale * Q K^T + bias) V for every problem and head (Vaswani et al. 2017). Work is split by query rows over
// all heads of all images; a thread packs the keys and values of each head it touches.
#include "runtime/kernels/ref/attention.h"

#include "runtime/base/checked_math.h"
#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_lists.h"
#include "runtime/ops/per_image.h"

namespace vitrt::ops {
namespace {

// Where the matrices of problem p and head h lie, in elements from the base of an image.
struct Operand {
  int64_t pitch = 0;           // columns of the value
  int64_t problem_stride = 0;  // 0: one problem shared by all
  int64_t head_stride = 0;
  int64_t column = 0;
  int64_t At(int64_t problem, int64_t head) const { return problem * problem_stride + head * head_stride + column; }
};

struct Geometry {
  int64_t problems = 1, heads = 1;
  Operand q, k, v, out, bias;
  kernels::AttentionArgs args;  // sizes and pitches
};

int64_t Tokens(const ValueDesc& value) { return value.dims[value.dims.size() - 2]; }

Operand OperandOf(const ValueDesc& value, int64_t column, int64_t head_stride) {
  Operand o;
  o.pitch = value.channels();
  o.problem_stride = value.rows() == Tokens(value) ? 0 : Tokens(value) * o.pitch;
  o.head_stride = head_stride;
  o.column = column;
  return o;
}

// Broadcast to [problems, heads, tq, tk].
Operand BiasOf(const ValueDesc& bias) {
  int64_t dims[4] = {1, 1, 1, 1};
  for (size_t i = 0; i < bias.dims.size(); ++i) dims[4 - bias.dims.size() + i] = bias.dims[i];
  Operand o;
  o.pitch = dims[2] == 1 ? 0 : dims[3];
  o.head_stride = dims[1] == 1 ? 0 : dims[2] * dims[3];
  o.problem_stride = dims[0] == 1 ? 0 : dims[1] * dims[2] * dims[3];
  return o;
}

Geometry GeometryOf(const OpContext& c) {
  const plan::Attention& op = *c.step->op_as_Attention();
  const ValueDesc &q = c.inputs[0], &k = c.inputs[1], &v = c.inputs[2], &y = c.outputs[0];
  Geometry g;
  g.problems = y.rows() / Tokens(y);
  g.heads = op.heads();
  g.q = OperandOf(q, op.q_column(), op.q_head_stride());
  g.k = OperandOf(k, op.k_column(), op.k_head_stride());
  g.v = OperandOf(v, op.v_column(), op.v_head_stride());
  g.out = OperandOf(y, 0, op.value_dim());
  if (c.has(3)) g.bias = BiasOf(c.inputs[3]);
  g.args.tq = Tokens(q), g.args.tk = Tokens(k);
  g.args.head_dim = op.head_dim(), g.args.value_dim = op.value_dim();
  g.args.q_ld = g.q.pitch, g.args.k_ld = g.k.pitch, g.args.v_ld = g.v.pitch, g.args.out_ld = g.out.pitch;
  g.args.bias_ld = g.bias.pitch;
  g.args.scale = op.scale();
  g.args.causal = op.causal();
  return g;
}

// One implementation over both kernels: how much scratch a thread needs, what to do when a head begins, and its rows.
class BoundAttention : public BoundOp {
 public:
  explicit BoundAttention(const OpContext& c, size_t scratch_of_thread(const OpContext&, const kernels::AttentionArgs&))
      : g_(GeometryOf(c)),
        inputs_(c.inputs.begin(), c.inputs.end()),
        y_(c.outputs[0]),
        scratch_(scratch_of_thread(c, g_.args)) {}

  size_t scratch_bytes(int threads, int) const override { return scratch_ * static_cast<size_t>(threads); }

  void Run(const RunContext& run) const override {
    const int64_t heads_of_image = g_.problems * g_.heads, heads = run.n * heads_of_image;
    const int threads = run.team->threads();
    // A part packs the keys of each head it touches: whole heads where they share out evenly, else a part for each
    // thread, of rows.
    const bool whole = heads % threads == 0 || heads >= 8 * threads;
    const int64_t pieces = whole ? 1 : g_.args.tq, piece_rows = g_.args.tq / pieces;
    const int64_t grain = whole ? 1 : GrainForTeam(heads * pieces, threads);
    ForImageRanges(*run.team, heads, pieces, grain, [&](int64_t unit, int64_t begin, int64_t end, int thread) {
      const int64_t image = unit / heads_of_image, problem = unit % heads_of_image / g_.heads, head = unit % g_.heads;
      kernels::AttentionArgs args = g_.args;
      args.q = run.inputs[0].image<float>(image, inputs_[0]) + g_.q.At(problem, head);
      args.k = run.inputs[1].image<float>(image, inputs_[1]) + g_.k.At(problem, head);
      args.v = run.inputs[2].image<float>(image, inputs_[2]) + g_.v.At(problem, head);
      if (inputs_.size() > 3 && inputs_[3].present)
        args.bias = run.inputs[3].image<float>(image, inputs_[3]) + g_.bias.At(problem, head);
      args.out = run.outputs[0].image<float>(image, y_) + g_.out.At(problem, head);
      RunRows(args, begin * piece_rows, end * piece_rows, run.scratch + thread * static_cast<int64_t>(scratch_));
    });
  }

 private:
  virtual void RunRows(const kernels::AttentionArgs& args, int64_t begin, int64_t end, std::byte* scratch) const = 0;

  Geometry g_;
  std::vector<ValueDesc> inputs_;
  ValueDesc y_;
  size_t scratch_;
};

class OwnAttention final : public BoundAttention {
 public:
  explicit OwnAttention(const OpContext& c)
      : BoundAttention(c,
                       [](const OpContext& context, const kernels::AttentionArgs& args) {
                         return AlignUp(context.kernels->attention_pack_bytes(args), 64) +
                                AlignUp(context.kernels->attention_score_bytes(args), 64);
                       }),
        kernels_(*c.kernels) {}

 private:
  void RunRows(const kernels::AttentionArgs& args, int64_t begin, int64_t end, std::byte* scratch) const override {
    kernels_.attention_pack(args, scratch);
    kernels_.attention_rows(args, scratch, scratch + AlignUp(kernels_.attention_pack_bytes(args), 64), begin, end);
  }

  const kernels::KernelTable& kernels_;
};

class ReferenceAttention final : public BoundAttention {
 public:
  explicit ReferenceAttention(const OpContext& c)
      : BoundAttention(c, [](const OpContext&, const kernels::AttentionArgs& args) {
          return AlignUp(kernels::ref::AttentionScratchBytes(args), 64);
        }) {}

 private:
  void RunRows(const kernels::AttentionArgs& args, int64_t begin, int64_t end, std::byte* scratch) const override {
    kernels::ref::Attention(args, begin, end, scratch);
  }
};

Result<std::unique_ptr<BoundOp>> BindOwn(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<OwnAttention>(c));
}
Result<std::unique_ptr<BoundOp>> BindReference(const OpContext& c) {
  return std::unique_ptr<BoundOp>(std::make_unique<ReferenceAttention>(c));
}

constexpr OpImpl kImplementations[] = {{"own", AcceptAlways, BindOwn}, {"reference", AcceptAlways, BindReference}};

}  // namespace

std::span<const OpImpl> AttentionImplementations() { return kImplementations; }

}  // namespace vitrt::ops
