// bench_rows [--ms N] [--tier NAME] [--assert] [FILTER]: every row of the ordered lists of linear layers and
// convolutions against each other, by shape, on every tier that this CPU has, on one thread. A list is in order where
// no row is faster than the first that accepts by more than 5 %; with --assert, a list that is not ends in exit code 1.
// Rounds alternate and the best time of each row counts. Run it pinned (taskset) on a quiet machine.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "bench/kernels/clock.h"
#include "runtime/base/aligned_buffer.h"
#include "runtime/base/isa.h"
#include "runtime/kernels/int8_kernels.h"
#include "runtime/ops/op_impl.h"
#if VITRT_HAS_ONEDNN
#include "runtime/onednn/context.h"
#endif

namespace vitrt {
namespace {

constexpr double kTolerance = 1.05;
constexpr int kRounds = 5, kMostRounds = 25;

struct Options {
  double ms = 40;
  std::string tier, filter;
  bool check = false;
};

struct Shape {
  const char* name;
  int64_t size, kernel, stride, cin, cout, groups;  // kernel 0: a linear layer of `size` rows
  plan::UnaryFn fn = plan::UnaryFn::Identity;
};
constexpr Shape kShapes[] = {
    {"ViT-B qkv", 197, 0, 1, 768, 2304, 1},
    {"ViT-B fc1", 197, 0, 1, 768, 3072, 1, plan::UnaryFn::GeluErf},
    {"ViT-B fc2", 197, 0, 1, 3072, 768, 1},
    {"ViT-S fc1", 197, 0, 1, 384, 1536, 1},
    {"ViT-Ti qkv", 197, 0, 1, 192, 576, 1},
    {"Swin 49 rows", 49, 0, 1, 768, 2304, 1},
    {"square", 128, 0, 1, 256, 256, 1},
    {"latents", 16, 0, 1, 320, 1280, 1},
    {"head", 1, 0, 1, 768, 1000, 1},
    {"few columns", 196, 0, 1, 384, 4, 1},
    {"18 columns", 196, 0, 1, 384, 18, 1},
    {"98 columns", 196, 0, 1, 392, 98, 1},
    {"1x1 64 at 56", 56, 1, 1, 64, 64, 1, plan::UnaryFn::Relu},
    {"1x1 320 at 14", 14, 1, 1, 320, 320, 1, plan::UnaryFn::Relu},
    {"1x1 s2 64-144 at 56", 56, 1, 2, 64, 144, 1},
    {"3x3 s2 3-32 at 224", 224, 3, 2, 3, 32, 1, plan::UnaryFn::Relu},
    {"3x3 by 16, 144 at 28", 28, 3, 1, 144, 144, 9, plan::UnaryFn::Relu},
    {"3x3 by 8, 64 at 56", 56, 3, 1, 64, 64, 8, plan::UnaryFn::Relu},
    {"3x3 96 at 28", 28, 3, 1, 96, 96, 1, plan::UnaryFn::Relu},
    {"3x3 24 at 56", 56, 3, 1, 24, 24, 1, plan::UnaryFn::Relu},
    {"dw 3x3 120 at 28", 28, 3, 1, 120, 120, 120, plan::UnaryFn::HardSwish},
    {"dw 5x5 240 at 14", 14, 5, 1, 240, 240, 240},
    {"dw 7x7 64 at 56", 56, 7, 1, 64, 64, 64},
    {"dw 7x7 768 at 7", 7, 7, 1, 768, 768, 768},
};

// A step of one shape with its values in memory.
class OneStep {
 public:
  explicit OneStep(const Shape& s) {
    const int64_t kernel = std::max<int64_t>(1, s.kernel), pad = kernel / 2, per_group = s.cin / s.groups;
    const int64_t out = s.kernel == 0 ? s.size : (s.size + 2 * pad - kernel) / s.stride + 1;
    const auto map = [&](int64_t size, int64_t channels) {
      return s.kernel == 0 ? std::vector<int64_t>{1, size, channels} : std::vector<int64_t>{1, size, size, channels};
    };
    flops_ = 2.0 * static_cast<double>((s.kernel == 0 ? out : out * out) * s.cout * kernel * kernel * per_group);
    plan::StepT step;
    const plan::Activation act(s.fn, 0, 0);
    if (s.kernel == 0) {
      plan::LinearT op;
      op.act = std::make_unique<plan::Activation>(act);
      step.op.Set(std::move(op));
    } else {
      const auto both = [](int64_t value) { return std::vector<int32_t>(2, static_cast<int32_t>(value)); };
      plan::Conv2dT op;
      op.kernel = both(kernel), op.strides = both(s.stride), op.dilations = both(1);
      op.pads = std::vector<int32_t>(4, static_cast<int32_t>(pad));
      op.groups = static_cast<int32_t>(s.groups);
      op.act = std::make_unique<plan::Activation>(act);
      step.op.Set(std::move(op));
    }
    tables_.Finish(plan::CreateStep(tables_, &step));
    inputs_ = {Value(map(s.size, s.cin), false), Weight(s, kernel, per_group), Value({s.cout}, true)};
    outputs_ = {Value(map(out, s.cout), false)};
  }

  double flops() const { return flops_; }
  ops::OpContext Context(Isa isa, bool use_onednn) const {
    ops::OpContext c;
    c.step = flatbuffers::GetRoot<plan::Step>(tables_.GetBufferPointer());
    c.inputs = inputs_;
    c.outputs = outputs_;
    c.kernels = &kernels::Kernels(isa);
    c.int8 = &kernels::Int8KernelsOf(isa, FeaturesOf(ReadCpuWords(), isa));
    if (!use_onednn) c.onednn_refusal = "left out of this measurement";
    return c;
  }
  std::vector<ops::Tensor> Tensors(const std::vector<ops::ValueDesc>& values) const {
    std::vector<ops::Tensor> tensors;
    tensors.reserve(values.size());
    for (const ops::ValueDesc& v : values) tensors.push_back({const_cast<std::byte*>(v.constant_data)});
    return tensors;
  }
  const std::vector<ops::ValueDesc>& inputs() const { return inputs_; }
  const std::vector<ops::ValueDesc>& outputs() const { return outputs_; }

 private:
  // constant_data holds the memory of activations too.
  ops::ValueDesc Value(std::vector<int64_t> dims, bool constant, int64_t floats = 0) {
    ops::ValueDesc v;
    v.dims = std::move(dims);
    v.present = true;
    v.constant = constant;
    v.image_stride = constant ? 0 : v.bytes();
    const int64_t count = floats > 0 ? floats : v.size();
    auto buffer = AlignedBuffer::Allocate(static_cast<size_t>(count) * sizeof(float) + 64);
    if (!buffer.ok()) std::abort();
    auto* data = reinterpret_cast<float*>(buffer->data());
    uint32_t state = 1;
    for (int64_t i = 0; i < count; ++i)
      data[i] = static_cast<float>((state = state * 1664525 + 1013904223) >> 8) * 0x1p-24f - 0.5f;
    v.constant_data = buffer->data();
    memory_.push_back(std::move(*buffer));
    return v;
  }
  ops::ValueDesc Weight(const Shape& s, int64_t kernel, int64_t per_group) {
    const bool depthwise = s.groups == s.cin && s.groups > 1;
    const int64_t panels = PanelCount(s.cout / s.groups) * s.groups;
    const int64_t floats = depthwise ? 0 : panels * kPanel * kernel * kernel * per_group;
    ops::ValueDesc v =
        s.kernel == 0 ? Value({s.cin, s.cout}, true, floats) : Value({kernel, kernel, per_group, s.cout}, true, floats);
    v.encoding = depthwise ? plan::Encoding::Depthwise : plan::Encoding::Panels16;
    return v;
  }

  flatbuffers::FlatBufferBuilder tables_;
  std::vector<AlignedBuffer> memory_;
  std::vector<ops::ValueDesc> inputs_, outputs_;
  double flops_ = 0;
};

struct Contender {
  const char* name;
  std::unique_ptr<ops::BoundOp> op;
  AlignedBuffer scratch;
  double best = 1e9;
};

// True if the first row that accepts is the fastest, within the tolerance.
bool RunShape(const Shape& shape, Isa isa, bool use_onednn, double ms) {
  const OneStep step(shape);
  const ops::OpContext context = step.Context(isa, use_onednn);
  std::vector<Contender> rows;
  for (const ops::OpImpl& row : ops::ImplementationsOf(context.step->op_type())) {
    if (std::strcmp(row.name, "reference") == 0 || !row.refuse(context).empty()) continue;
    auto op = row.bind(context);
    if (!op.ok()) continue;
    auto scratch = AlignedBuffer::Allocate((*op)->scratch_bytes(1, 1) + 64);
    if (!scratch.ok()) std::abort();
    rows.push_back({row.name, std::move(*op), std::move(*scratch)});
  }
  const std::vector<ops::Tensor> inputs = step.Tensors(step.inputs()), outputs = step.Tensors(step.outputs());
  ThreadTeam team(1);
  bool in_order = false;
  // A list that seems out of order is measured again: a core may be held up for as long as a few rounds take.
  for (int round = 0; round < kRounds || (!in_order && round < kMostRounds); ++round) {
    for (Contender& row : rows) {
      for (const double end = Now() + ms / 1000; Now() < end;) {
        const double start = Now();
        row.op->Run({1, &team, inputs, outputs, row.scratch.data()});
        row.best = std::min(row.best, Now() - start);
      }
    }
    double fastest = 1e9;
    for (const Contender& row : rows) fastest = std::min(fastest, row.best);
    in_order = rows.empty() || rows[0].best <= fastest * kTolerance;
  }
  std::printf("%-7s %-22s", IsaName(isa), shape.name);
  for (const Contender& row : rows) std::printf("  %s %.1f GFLOP/s", row.name, step.flops() / row.best * 1e-9);
  std::printf("%s\n", in_order ? "" : "  <- not in order");
  return in_order;
}

// oneDNN takes its cap once a process: a process for each tier. Returns whether every list is in order.
bool RunTier(Isa isa, const Options& options) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child != 0) {
    int status = 1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  bool use_onednn = false, in_order = true;
#if VITRT_HAS_ONEDNN
  use_onednn = onednn::CapIsa(isa, FeaturesOf(ReadCpuWords(), isa));
#endif
  for (const Shape& shape : kShapes) {
    if (std::string(shape.name).find(options.filter) == std::string::npos) continue;
    in_order = RunShape(shape, isa, use_onednn, options.ms) && in_order;
  }
  std::fflush(stdout);
  _exit(in_order ? 0 : 1);
}

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--ms" && i + 1 < argc) {
      options.ms = std::atof(argv[++i]);
    } else if (word == "--tier" && i + 1 < argc) {
      options.tier = argv[++i];
    } else if (word == "--assert") {
      options.check = true;
    } else {
      options.filter = word;
    }
  }
  const Result<Isa> best = ChooseIsa(std::nullopt);
  if (!best.ok()) {
    std::fprintf(stderr, "bench_rows: error: %s\n", best.status().ToString().c_str());
    return static_cast<int>(best.status().code());
  }
  bool in_order = true;
  for (int i = 0; i <= static_cast<int>(*best); ++i) {
    const Isa isa = static_cast<Isa>(i);
    if (options.tier.empty() || options.tier == IsaName(isa)) in_order = RunTier(isa, options) && in_order;
  }
  return options.check && !in_order ? 1 : 0;
}

}  // namespace
}  // namespace vitrt

int main(int argc, char** argv) { return vitrt::Main(argc, argv); }
