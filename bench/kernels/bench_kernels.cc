// bench_kernels [--ms N] [--tier NAME] [FILTER]: speed of every kernel on every tier that this CPU has, on one thread:
// GFLOP/s and share of the core's measured fp32 peak for products, those of integers too, ns per element for the rest.
// Times are of the wall, the best of repeated calls within N ms; run it pinned (taskset) on a quiet machine.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "bench/kernels/clock.h"
#include "runtime/base/isa.h"
#include "runtime/kernels/int8_kernels.h"
#include "runtime/kernels/kernel_table.h"

namespace vitrt::kernels {

namespace {

struct Options {
  double ms = 200;
  std::string tier, filter;
};

double BestSeconds(double ms, const std::function<void()>& call) {
  call();
  double best = 1e9;
  for (const double end = Now() + ms / 1000; Now() < end;) {
    const double start = Now();
    call();
    best = std::min(best, Now() - start);
  }
  return best;
}

class Floats {  // 64-byte aligned, small pseudo-random values
 public:
  explicit Floats(int64_t count)
      : data_(static_cast<float*>(std::aligned_alloc(64, static_cast<size_t>(count * 4 + 127) / 64 * 64))) {
    uint32_t state = 1;
    for (int64_t i = 0; i < count; ++i)
      data_[i] = static_cast<float>((state = state * 1664525 + 1013904223) >> 8) * 0x1p-24f - 0.5f;
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;
  ~Floats() { std::free(data_); }
  float* get() const { return data_; }

 private:
  float* data_;
};

struct Gemm {
  const char* name;
  int64_t m, k, n;
  Fn fn;
  bool residual;
};
constexpr Gemm kGemms[] = {
    {"ViT-B qkv", 197, 768, 2304, Fn::kIdentity, false},
    {"ViT-B fc1", 197, 768, 3072, Fn::kGeluErf, false},
    {"ViT-B fc2", 197, 3072, 768, Fn::kIdentity, true},
    {"ViT-S fc1", 197, 384, 1536, Fn::kIdentity, false},
    {"ViT-S fc1+GELU", 197, 384, 1536, Fn::kGeluErf, false},
    {"ViT-Ti qkv", 197, 192, 768, Fn::kIdentity, false},
    {"square", 128, 256, 256, Fn::kIdentity, false},
    {"head", 1, 768, 1000, Fn::kIdentity, false},
    {"latents", 16, 320, 1280, Fn::kIdentity, false},
    {"head size 64", 197, 64, 197, Fn::kIdentity, false},
    {"head size 64, values", 197, 197, 64, Fn::kIdentity, false},
};

struct Attention {
  const char* name;
  int64_t tokens, head_dim;
  bool bias;
};
constexpr Attention kAttentions[] = {{"197 tokens", 197, 64, false},
                                     {"49 tokens", 49, 32, false},
                                     {"49 tokens, bias", 49, 32, true},
                                     {"1025 tokens", 1025, 64, false}};

struct Rows {
  const char* name;
  int64_t rows, channels;
};
constexpr Rows kRows[] = {{"197 x 768", 197, 768}, {"196 x 98", 196, 98}, {"3136 x 64", 3136, 64}};

struct Conv {
  const char* name;
  int64_t size, kernel, stride, pad, cin, cout, groups;
  Fn fn;
  bool residual = false;
};  // groups == cin: depthwise
constexpr Conv kConvs[] = {
    {"3x3 s2 3-32 at 224", 224, 3, 2, 1, 3, 32, 1, Fn::kIdentity},
    {"3x3 s2 3-32 at 224 SiLU", 224, 3, 2, 1, 3, 32, 1, Fn::kSilu},
    {"7x7 s2 3-24 at 224", 224, 7, 2, 3, 3, 24, 1, Fn::kIdentity},
    {"16x16 s16 3-384 at 224", 224, 16, 16, 0, 3, 384, 1, Fn::kIdentity},
    {"3x3 by 16, 144 at 28", 28, 3, 1, 1, 144, 144, 9, Fn::kRelu},
    {"3x3 by 8, 64 at 56", 56, 3, 1, 1, 64, 64, 8, Fn::kRelu},
    {"3x3 by 24, 168 at 14", 14, 3, 1, 1, 168, 168, 7, Fn::kRelu},
    {"3x3 24 at 56", 56, 3, 1, 1, 24, 24, 1, Fn::kIdentity},
    {"3x3 96 at 28", 28, 3, 1, 1, 96, 96, 1, Fn::kIdentity},
    {"3x3 384 at 7", 7, 3, 1, 1, 384, 384, 1, Fn::kIdentity},
    {"dw 3x3 120 at 28", 28, 3, 1, 1, 120, 120, 120, Fn::kIdentity},
    {"dw 3x3 120 at 28 hswish", 28, 3, 1, 1, 120, 120, 120, Fn::kHardSwish},
    {"dw 3x3 s2 72 at 56", 56, 3, 2, 1, 72, 72, 72, Fn::kRelu},
    {"dw 5x5 240 at 14", 14, 5, 1, 2, 240, 240, 240, Fn::kIdentity},
    {"dw 7x7 64 at 56", 56, 7, 1, 3, 64, 64, 64, Fn::kIdentity},
    {"dw 7x7 64 at 56, residual", 56, 7, 1, 3, 64, 64, 64, Fn::kIdentity, true},
    {"dw 7x7 768 at 7", 7, 7, 1, 3, 768, 768, 768, Fn::kIdentity},
};

constexpr struct {
  const char* name;
  Fn fn;
} kFunctions[] = {
    {"ReLU", Fn::kRelu}, {"GELU", Fn::kGeluErf},         {"GELU by tanh", Fn::kGeluTanh},
    {"SiLU", Fn::kSilu}, {"hard swish", Fn::kHardSwish}, {"tanh", Fn::kTanh},
};

class Bench {
 public:
  Bench(const KernelTable& table, const Int8Kernels& best_int8, double peak, const Options& options)
      : table_(table), best_int8_(&best_int8), peak_(peak), options_(options) {}

  void Run() const {
    for (const Gemm& c : kGemms) RunGemm(c);
    for (const int run : {0, 1, 2, 4}) RunInt8(kGemms[3], table_.int8, run);
    for (const Int8Kernels* int8 : {&table_.int8, best_int8_}) {
      for (const Gemm& c : kGemms) RunInt8(c, *int8, 2);
      if (best_int8_ == &table_.int8) break;
    }
    for (const Attention& c : kAttentions) RunAttention(c);
    for (const Rows& c : kRows) RunRows(c);
    for (const Conv& c : kConvs) c.groups == c.cin ? RunDepthwise(c) : RunConv(c);
    for (const Conv& c : kConvs) {
      if (c.kernel != 3 || c.stride != 1 || c.groups != 1) continue;
      for (const int tile : {2, 4}) RunWinograd(c, tile);
    }
    RunMaps();
    for (const auto& c : kFunctions) {
      const Floats x(197 * 768), y(197 * 768);
      PerElement("unary", c.name, 197 * 768, [&] { table_.unary(c.fn, 1, 0, x.get(), y.get(), 197 * 768); });
    }
  }

 private:
  bool Wanted(const char* kind, const char* name) const {
    return (std::string(kind) + " " + name).find(options_.filter) != std::string::npos;
  }
  void Flops(const char* kind, const char* name, double flops, const std::function<void()>& call) const {
    if (!Wanted(kind, name)) return;
    const double rate = flops / BestSeconds(options_.ms, call) * 1e-9;
    std::printf("%-7s %-10s %-34s %8.1f GFLOP/s  %5.3f of peak\n", table_.name, kind, name, rate, rate / peak_);
  }
  void PerElement(const char* kind, const char* name, int64_t count, const std::function<void()>& call) const {
    if (!Wanted(kind, name)) return;
    const double seconds = BestSeconds(options_.ms, call);
    std::printf("%-7s %-10s %-26s %8.3f ns per element\n", table_.name, kind, name,
                seconds * 1e9 / static_cast<double>(count));
  }

  void RunGemm(const Gemm& c) const {
    const int64_t panels = PanelCount(c.n);
    const Floats a(c.m * c.k), b(panels * kPanel * c.k), y(c.m * c.n), bias(c.n);
    GemmArgs args{
        .m = c.m, .n = c.n, .k = c.k, .a = a.get(), .lda = c.k, .b = b.get(), .c = y.get(), .ldc = c.n, .epilogue = {}};
    args.epilogue.bias = bias.get();
    args.epilogue.fn = c.fn;
    if (c.residual) args.epilogue.residual = y.get(), args.epilogue.residual_ld = c.n;
    const double flops = 2.0 * static_cast<double>(c.m) * static_cast<double>(c.k) * static_cast<double>(c.n);
    const std::string name = std::to_string(c.m) + "x" + std::to_string(c.k) + "x" + std::to_string(c.n);
    Flops("gemm", (name + " " + c.name).c_str(), flops, [&] { table_.gemm(args, {0, c.m, 0, panels}); });
  }
  // Products of 8-bit integers against the fp32 peak; `run` groups are said to be safe, which small weights are.
  void RunInt8(const Gemm& c, const Int8Kernels& kernels, int run) const {
    const int64_t panels = PanelCount(c.n), groups = (c.k + 3) / 4, blocks = (groups + 3) / 4;
    const int64_t pitch = (c.k + 15) / 16 * 16;
    const Floats x(c.m * c.k), q(c.m * pitch / 4 + 16), scale(c.m), zero(c.m), b(panels * groups * 16), b_scale(c.n),
        sums(c.n), runs(panels * blocks), y(c.m * c.n), bias(c.n);
    std::memset(b.get(), 1, static_cast<size_t>(panels * groups * 64));
    auto* safe = reinterpret_cast<int32_t*>(runs.get());
    std::fill_n(safe, panels * blocks, run);
    const QuantizeArgs rows{.k = c.k,
                            .x = x.get(),
                            .x_ld = c.k,
                            .q = reinterpret_cast<uint8_t*>(q.get()),
                            .q_ld = pitch,
                            .scale = scale.get(),
                            .zero = reinterpret_cast<int32_t*>(zero.get())};
    Int8GemmArgs args{.m = c.m,
                      .n = c.n,
                      .k = c.k,
                      .a = rows.q,
                      .lda = pitch,
                      .a_scale = rows.scale,
                      .a_zero = rows.zero,
                      .b = reinterpret_cast<const int8_t*>(b.get()),
                      .b_scale = b_scale.get(),
                      .column_sums = reinterpret_cast<const int32_t*>(sums.get()),
                      .runs = safe,
                      .c = y.get(),
                      .ldc = c.n,
                      .epilogue = {}};
    args.epilogue.bias = bias.get();
    args.epilogue.fn = c.fn;
    if (c.residual) args.epilogue.residual = y.get(), args.epilogue.residual_ld = c.n;
    const double flops = 2.0 * static_cast<double>(c.m) * static_cast<double>(c.k) * static_cast<double>(c.n);
    const std::string name = std::string(kernels.name) + ", run " + std::to_string(run) + ", " + c.name;
    Flops("int8", name.c_str(), flops, [&] {
      kernels.quantize(rows, 0, c.m);
      kernels.gemm(args, {0, c.m, 0, panels});
    });
  }
  void RunAttention(const Attention& c) const {
    const Floats qkv(c.tokens * 3 * c.head_dim), bias(c.tokens * c.tokens), out(c.tokens * c.head_dim);
    const AttentionArgs args{.tq = c.tokens,
                             .tk = c.tokens,
                             .head_dim = c.head_dim,
                             .value_dim = c.head_dim,
                             .q = qkv.get(),
                             .q_ld = 3 * c.head_dim,
                             .k = qkv.get() + c.head_dim,
                             .k_ld = 3 * c.head_dim,
                             .v = qkv.get() + 2 * c.head_dim,
                             .v_ld = 3 * c.head_dim,
                             .bias = c.bias ? bias.get() : nullptr,
                             .bias_ld = c.tokens,
                             .out = out.get(),
                             .out_ld = c.head_dim,
                             .scale = 0.125f};
    const Floats packed(static_cast<int64_t>(table_.attention_pack_bytes(args)) / 4),
        scores(static_cast<int64_t>(table_.attention_score_bytes(args)) / 4);
    const double flops = 4.0 * static_cast<double>(c.tokens * c.tokens * c.head_dim);
    Flops("attention", c.name, flops, [&] {
      table_.attention_pack(args, packed.get());
      table_.attention_rows(args, packed.get(), scores.get(), 0, c.tokens);
    });
  }
  static Window2d WindowOf(const Conv& c) {
    const int64_t out = (c.size + 2 * c.pad - c.kernel) / c.stride + 1;
    return {.h = c.size,
            .w = c.size,
            .oh = out,
            .ow = out,
            .kernel_h = c.kernel,
            .kernel_w = c.kernel,
            .stride_h = c.stride,
            .stride_w = c.stride,
            .pad_top = c.pad,
            .pad_left = c.pad};
  }
  static double ConvFlops(const Conv& c, const Window2d& window) {
    const int64_t products = c.kernel * c.kernel * (c.cin / c.groups);
    return 2.0 * static_cast<double>(window.oh * window.ow * c.cout) * static_cast<double>(products);
  }
  void RunConv(const Conv& c) const {
    ConvArgs args{.window = WindowOf(c), .cin = c.cin, .cout = c.cout, .groups = c.groups};
    const int64_t rows = args.window.oh * args.window.ow;
    const int64_t panels = PanelCount(c.cout / c.groups) * c.groups;
    const Floats x(c.size * c.size * c.cin), weight(panels * kPanel * c.kernel * c.kernel * c.cin / c.groups),
        bias(c.cout), y(rows * c.cout);
    args.x = x.get(), args.weight = weight.get(), args.y = y.get();
    args.epilogue = {.bias = bias.get(), .fn = c.fn, .alpha = 1};
    const Floats scratch(static_cast<int64_t>(table_.conv.scratch_bytes(args) / 4));
    Flops("conv", c.name, ConvFlops(c, args.window), [&] { table_.conv.run(args, 0, rows, scratch.get()); });
  }
  // By Winograd's algorithm, as if it had the direct sum's products.
  void RunWinograd(const Conv& c, int tile) const {
    const int64_t matrix = PanelCount(c.cout) * kPanel * c.cin;
    const Floats x(c.size * c.size * c.cin), weight((tile + 2) * (tile + 2) * matrix), direct(9 * matrix), bias(c.cout),
        y(c.size * c.size * c.cout);
    WinogradArgs args{.tile = tile, .weight = weight.get()};
    args.conv = {
        .window = WindowOf(c), .cin = c.cin, .cout = c.cout, .x = x.get(), .weight = direct.get(), .y = y.get()};
    args.conv.epilogue = {.bias = bias.get(), .fn = c.fn, .alpha = 1};
    const Floats scratch(static_cast<int64_t>(table_.winograd.scratch_bytes(args) / 4));
    Flops("winograd", (std::string(c.name) + ", tiles of " + std::to_string(tile)).c_str(),
          ConvFlops(c, args.conv.window),
          [&] { table_.winograd.run(args, 0, table_.winograd.tiles(args), scratch.get()); });
  }
  void RunDepthwise(const Conv& c) const {
    DepthwiseArgs args{.window = WindowOf(c), .channels = c.cin};
    const Floats x(c.size * c.size * c.cin), weight(c.kernel * c.kernel * c.cin), bias(c.cin),
        residual(args.window.oh * args.window.ow * c.cin), y(args.window.oh * args.window.ow * c.cin);
    args.x = x.get(), args.weight = weight.get(), args.y = y.get();
    args.epilogue = {.bias = bias.get(), .fn = c.fn};
    if (c.residual) args.epilogue.residual = residual.get(), args.epilogue.residual_ld = c.cin;
    Flops("depthwise", c.name, ConvFlops(c, args.window), [&] { table_.depthwise(args, 0, args.window.oh); });
  }
  void RunMaps() const {
    const int64_t count = 56 * 56 * 64;
    const Floats x(count), y(count);
    PoolArgs pool{.window = {.h = 56,
                             .w = 56,
                             .oh = 28,
                             .ow = 28,
                             .kernel_h = 3,
                             .kernel_w = 3,
                             .stride_h = 2,
                             .stride_w = 2,
                             .pad_top = 1,
                             .pad_left = 1},
                  .channels = 64,
                  .x = x.get(),
                  .y = y.get()};
    PerElement("pool", "max 3x3 s2 64 at 56", count / 4, [&] { table_.pool(pool, 0, 28); });
    PerElement("transpose", "3136 x 64", count, [&] { table_.transpose({3136, 64, x.get(), 64, y.get(), 3136}); });
    PerElement("transpose", "3 x 50176", 3 * 50176, [&] { table_.transpose({3, 50176, x.get(), 50176, y.get(), 3}); });
    PerElement("copy", "of as many floats", count, [&] { std::memcpy(y.get(), x.get(), count * sizeof(float)); });
  }
  void RunRows(const Rows& c) const {
    const int64_t count = c.rows * c.channels;
    const Floats x(count), y(count), gamma(c.channels);
    PerElement("layer_norm", c.name, count, [&] {
      table_.layer_norm({.rows = c.rows,
                         .channels = c.channels,
                         .x = x.get(),
                         .x_ld = c.channels,
                         .y = y.get(),
                         .y_ld = c.channels,
                         .gamma = gamma.get(),
                         .beta = gamma.get(),
                         .epsilon = 1e-6f});
    });
    PerElement("softmax", c.name, count,
               [&] { table_.softmax({.rows = c.rows, .channels = c.channels, .x = x.get(), .y = y.get()}); });
    PerElement("add", c.name, count, [&] {
      table_.binary({.op = Arithmetic::kAdd,
                     .rows = c.rows,
                     .channels = c.channels,
                     .x = x.get(),
                     .z = gamma.get(),
                     .z_row_stride = 0,
                     .y = y.get()});
    });
  }

  const KernelTable& table_;
  const Int8Kernels* best_int8_;  // of this machine in this tier
  double peak_;
  const Options& options_;
};

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--ms") == 0 && i + 1 < argc) {
      options.ms = std::atof(argv[++i]);
    } else if (std::strcmp(argv[i], "--tier") == 0 && i + 1 < argc) {
      options.tier = argv[++i];
    } else {
      options.filter = argv[i];
    }
  }
  const Result<Isa> best = ChooseIsa(std::nullopt);
  if (!best.ok()) {
    std::fprintf(stderr, "bench_kernels: error: %s\n", best.status().ToString().c_str());
    return static_cast<int>(best.status().code());
  }
  for (int i = 0; i <= static_cast<int>(*best); ++i) {
    const KernelTable& table = Kernels(static_cast<Isa>(i));
    if (!options.tier.empty() && options.tier != table.name) continue;
    constexpr int64_t kIterations = 1000000;
    const double peak = table.peak(kIterations) / BestSeconds(options.ms, [&] { table.peak(kIterations); }) * 1e-9;
    std::printf("%-7s peak       %35.1f GFLOP/s\n", table.name, peak);
    const Isa isa = static_cast<Isa>(i);
    Bench(table, Int8KernelsOf(isa, FeaturesOf(ReadCpuWords(), isa)), peak, options).Run();
  }
  return 0;
}

}  // namespace
}  // namespace vitrt::kernels

int main(int argc, char** argv) { return vitrt::kernels::Main(argc, argv); }
