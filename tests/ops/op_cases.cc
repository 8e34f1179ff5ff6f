#include "tests/ops/op_cases.h"

#include "tests/kernels/winograd_weights.h"

namespace vitrt::test {
namespace {

using Dims = TestPlan::Dims;
using plan::UnaryFn;

std::unique_ptr<plan::Activation> Act(UnaryFn fn, float alpha = 0, float beta = 0) {
  return std::make_unique<plan::Activation>(fn, alpha, beta);
}

int64_t Count(const Dims& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

int Weight(TestPlan& p, const Dims& dims, int64_t groups = 1) {
  return p.Panels(dims, Noise(11, Count(dims), 0.5f), groups);
}
int Vector(TestPlan& p, const Dims& dims) { return p.Constant(dims, Noise(12, Count(dims))); }

struct LinearCase {
  const char* title;
  int64_t rows, k, n;
  UnaryFn fn = UnaryFn::Identity;
  float alpha = 0, beta = 0;
  int bias = 0, row_bias = 0, residual = 0;  // 0 absent, 1 constant, 2 activation, 3 constant that repeats
};

OpCase Linear(const LinearCase& c) {
  return {std::string("Linear: ") + c.title, 2e-6, [c](TestPlan& p) {
            const int x = p.Activation({1, c.rows, c.k}), weight = Weight(p, {c.k, c.n});
            const int bias = c.bias ? Vector(p, {c.n}) : -1;
            const int row_bias = c.row_bias == 0   ? -1
                                 : c.row_bias == 2 ? p.Activation({c.rows, c.n})
                                                   : Vector(p, {c.row_bias == 3 ? c.rows / 2 : c.rows, c.n});
            const int residual = c.residual == 0   ? -1
                                 : c.residual == 2 ? p.Activation({1, c.rows, c.n})
                                                   : Vector(p, {1, c.residual == 3 ? c.rows / 2 : c.rows, c.n});
            plan::LinearT op;
            if (c.fn != UnaryFn::Identity) op.act = Act(c.fn, c.alpha, c.beta);
            p.Step(op, {x, weight, bias, row_bias, residual}, p.Activation({1, c.rows, c.n}));
          }};
}

struct ConvCase {
  const char* title;
  int64_t h, w, cin, cout, kernel, stride, dilation, pad, groups;
  bool depthwise = false;
  bool residual = false;
  int winograd = 0;
};

OpCase Conv(const ConvCase& c) {
  return {std::string("Conv2d: ") + c.title, 2e-6, [c](TestPlan& p) {
            const int x = p.Activation({1, c.h, c.w, c.cin});
            const Dims dims = {c.kernel, c.kernel, c.cin / c.groups, c.cout};
            const auto values = Noise(13, Count(dims), 0.5f);
            const int weight = c.depthwise ? p.RawConstant(dims, plan::DType::F32, values.data(), values.size() * 4,
                                                           plan::Encoding::Depthwise)
                                           : p.Panels(dims, values, c.groups);
            plan::Conv2dT op;
            const auto pair = [](int64_t v) { return std::vector<int32_t>(2, static_cast<int32_t>(v)); };
            op.kernel = pair(c.kernel), op.strides = pair(c.stride), op.dilations = pair(c.dilation);
            op.pads = std::vector<int32_t>(4, static_cast<int32_t>(c.pad));
            op.groups = static_cast<int32_t>(c.groups);
            op.act = Act(UnaryFn::HardSwish);
            const auto out = [&](int64_t size) {
              return (size + 2 * c.pad - (c.kernel - 1) * c.dilation - 1) / c.stride + 1;
            };
            const Dims y = {1, out(c.h), out(c.w), c.cout};
            const int residual = c.residual ? p.Activation(y) : -1;
            const int row_bias = c.residual ? Vector(p, {y[1] * y[2], c.cout}) : -1;
            std::vector<int32_t> inputs = {x, weight, Vector(p, {c.cout}), row_bias, residual};
            if (c.winograd != 0) {
              op.winograd = static_cast<uint8_t>(c.winograd);
              const int64_t places = (c.winograd + 2) * (c.winograd + 2);
              inputs.push_back(
                  p.Panels({c.cin, places * c.cout}, WinogradWeights(c.winograd, values, c.cin, c.cout), places));
            }
            p.Step(op, inputs, p.Activation(y));
          }};
}

OpCase Pool(const char* title, bool average, bool include_pad, int32_t kernel, int32_t stride, int32_t pad,
            int64_t out) {
  return {std::string("Pool2d: ") + title, 1e-6, [=](TestPlan& p) {
            plan::Pool2dT op;
            op.average = average, op.count_include_pad = include_pad;
            op.kernel = {kernel, kernel}, op.strides = {stride, stride}, op.dilations = {1, 1},
            op.pads = {pad, pad, pad, pad};
            const int x = p.Activation({1, 9, 9, 20});
            p.Step(op, {x}, p.Activation({1, out, out, 20}));
          }};
}

struct AttentionCase {
  const char* title;
  int64_t problems, tq, tk;
  int heads, head_dim, value_dim;
  Dims bias;
  bool causal = false, shared_q = false;
};

OpCase Attention(const AttentionCase& c) {
  return {std::string("Attention: ") + c.title, 1e-5, [c](TestPlan& p) {
            const int64_t columns = c.heads * c.head_dim, value_columns = c.heads * c.value_dim;
            const int q = c.shared_q ? Vector(p, {1, c.tq, columns}) : p.Activation({c.problems, c.tq, columns});
            const int kv = p.Activation({c.problems, c.tk, columns + value_columns});
            plan::AttentionT op;
            op.heads = c.heads, op.head_dim = c.head_dim, op.value_dim = c.value_dim, op.scale = 0.4f,
            op.causal = c.causal;
            op.q_head_stride = op.k_head_stride = c.head_dim, op.v_head_stride = c.value_dim;
            op.v_column = static_cast<int32_t>(columns);
            std::vector<int32_t> inputs = {q, kv, kv};
            if (!c.bias.empty()) inputs.push_back(Vector(p, c.bias));
            p.Step(op, inputs, p.Activation({c.problems, c.tq, value_columns}));
          }};
}

OpCase MatMul(const char* title, const Dims& a, const Dims& b, const Dims& y, bool transpose, bool constant) {
  return {std::string("MatMul: ") + title, 2e-6, [=](TestPlan& p) {
            plan::MatMulT op;
            op.transpose_b = transpose;
            const int left = p.Activation(a), right = constant ? Vector(p, b) : p.Activation(b);
            p.Step(op, {left, right}, p.Activation(y));
          }};
}

template <typename OpT>
OpCase OneInput(std::string title, double tolerance, OpT op, const Dims& x, const Dims& y,
                plan::DType out = plan::DType::F32) {
  return {std::move(title), tolerance, [op, x, y, out](TestPlan& p) {
            const int input = p.Activation(x);
            p.Step(op, {input}, p.Activation(y, out));
          }};
}

OpCase Unary(const char* title, UnaryFn fn, float alpha = 0, float beta = 0) {
  return {std::string("Unary: ") + title, 1e-6, [=](TestPlan& p) {
            plan::UnaryT op;
            op.act = Act(fn, alpha, beta);
            const int x = p.Activation({1, 7, 33});
            const bool to_bool = fn == UnaryFn::IsNaN;
            p.Step(op, {x}, p.Activation({1, 7, 33}, to_bool ? plan::DType::Bool : plan::DType::F32));
          }};
}

OpCase Binary(const char* title, plan::BinaryFn fn, const Dims& x, const Dims& z, const Dims& y, int constant = -1) {
  return {std::string("Binary: ") + title, 1e-6, [=](TestPlan& p) {
            plan::BinaryT op;
            op.fn = fn;
            const int left = constant == 0 ? Vector(p, x) : p.Activation(x),
                      right = constant == 1 ? Vector(p, z) : p.Activation(z);
            const bool to_bool = fn == plan::BinaryFn::Less;
            p.Step(op, {left, right}, p.Activation(y, to_bool ? plan::DType::Bool : plan::DType::F32));
          }};
}

OpCase LayerNorm(const char* title, int64_t rows, int64_t channels, bool scale, bool rms) {
  return {std::string("LayerNorm: ") + title, 2e-6, [=](TestPlan& p) {
            plan::LayerNormT op;
            op.epsilon = 1e-6f, op.rms = rms;
            std::vector<int32_t> inputs = {p.Activation({1, rows, channels})};
            if (scale) inputs.push_back(Vector(p, {channels}));
            if (scale && !rms) inputs.push_back(Vector(p, {channels}));
            p.Step(op, inputs, p.Activation({1, rows, channels}));
          }};
}

OpCase Reduce(const char* title, plan::ReduceFn fn, const Dims& x, std::vector<int32_t> axes, const Dims& y,
              bool keep = false) {
  plan::ReduceT op;
  op.fn = fn, op.axes = std::move(axes), op.keep_dims = keep;
  return OneInput(std::string("Reduce: ") + title, 2e-6, op, x, y);
}

plan::SoftmaxT SoftmaxOf(int axis, bool log) {
  plan::SoftmaxT op;
  op.axis = axis, op.log = log;
  return op;
}

plan::TransposeT TransposeOf(std::vector<int32_t> perm) {
  plan::TransposeT op;
  op.perm = std::move(perm);
  return op;
}

plan::SliceT SliceOf(std::vector<int64_t> starts, std::vector<int64_t> steps) {
  plan::SliceT op;
  op.starts = std::move(starts), op.steps = std::move(steps);
  return op;
}

}  // namespace

std::vector<OpCase> DenseCases() {
  return {
      Linear({"one row", 1, 40, 24}),
      Linear({"odd sizes, bias, GELU", 13, 37, 50, UnaryFn::GeluErf, 0, 0, 1}),
      Linear({"row bias that repeats and residual", 12, 64, 40, UnaryFn::Relu, 0, 0, 1, 3, 2}),
      Linear({"row bias of every row", 6, 20, 18, UnaryFn::Silu, 1.702f, 0, 1, 1}),
      Linear({"row bias that is an activation", 6, 20, 18, UnaryFn::Identity, 0, 0, 0, 2}),
      Linear({"constant residual that repeats", 8, 20, 18, UnaryFn::Tanh, 0, 0, 1, 0, 3}),
      Linear({"residual, many rows", 197, 48, 96, UnaryFn::Identity, 0, 0, 1, 0, 2}),
      Linear({"hard sigmoid with its parameters", 5, 16, 4, UnaryFn::HardSigmoid, 0.17f, 0.4f, 1}),
      Linear({"clip", 5, 16, 33, UnaryFn::Clip, -0.3f, 0.5f}),
      Linear({"inner size above a block", 7, 700, 36, UnaryFn::LeakyRelu, 0.1f, 0, 1}),
      Conv({"3x3 stride 2, three channels", 17, 15, 3, 32, 3, 2, 1, 1, 1}),
      Conv({"1x1", 7, 7, 24, 40, 1, 1, 1, 0, 1, false, true}),
      Conv({"1x1 stride 2", 8, 8, 24, 40, 1, 2, 1, 0, 1}),
      Conv({"patches", 32, 32, 3, 20, 16, 16, 1, 0, 1}),
      Conv({"dilated", 12, 12, 8, 16, 3, 1, 2, 2, 1}),
      Conv({"grouped by 8", 9, 9, 32, 32, 3, 1, 1, 1, 4, false, true}),
      Conv({"grouped by 24 with a part panel", 6, 6, 48, 96, 3, 2, 1, 1, 2}),
      Conv({"3x3 with weights for Winograd's tiles of 2", 9, 7, 32, 40, 3, 1, 1, 1, 1, false, true, 2}),
      Conv({"3x3 with weights for Winograd's tiles of 4", 30, 27, 33, 35, 3, 1, 1, 1, 1, false, true, 4}),
      Conv({"3x3 with weights for Winograd's tiles of 4, no pad", 6, 18, 32, 32, 3, 1, 1, 0, 1, false, false, 4}),
      Conv({"depthwise 3x3", 9, 10, 20, 20, 3, 1, 1, 1, 20, true, true}),
      Conv({"depthwise 5x5 stride 2", 11, 11, 12, 12, 5, 2, 1, 2, 12, true}),
      Conv({"depthwise 7x7", 8, 8, 33, 33, 7, 1, 1, 3, 33, true}),
      Pool("max 3 stride 2", false, false, 3, 2, 1, 5),
      Pool("average without pads", true, false, 2, 2, 0, 4),
      Pool("average over pads", true, true, 3, 2, 1, 5),
      Pool("average, pads not counted", true, false, 3, 2, 1, 5),
      Attention({"17 tokens", 1, 17, 17, 3, 8, 8, {}}),
      Attention({"windows with a bias per head and mask", 4, 9, 9, 2, 16, 16, {4, 2, 9, 9}}),
      Attention({"bias of keys only", 1, 20, 49, 2, 4, 4, {1, 1, 1, 49}}),
      Attention({"cross-attention, odd head size", 1, 16, 50, 1, 18, 40, {}}),
      Attention({"causal", 1, 30, 30, 2, 8, 8, {}, true}),
      Attention({"shared queries", 3, 5, 11, 2, 8, 4, {}, false, true}),
      MatMul("batched", {2, 5, 7}, {2, 7, 20}, {2, 5, 20}, false, false),
      MatMul("b transposed and broadcast", {3, 2, 5, 7}, {2, 9, 7}, {3, 2, 5, 9}, true, false),
      MatMul("b constant", {4, 6, 10}, {10, 33}, {4, 6, 33}, false, true),
      MatMul("a broadcast, b constant and transposed", {1, 6, 10}, {3, 5, 10}, {3, 6, 5}, true, true),
      {"ConvTranspose2d", 1e-6,
       [](TestPlan& p) {
         plan::ConvTranspose2dT op;
         op.kernel = {3, 3}, op.strides = {2, 2}, op.dilations = {1, 1}, op.pads = {1, 1, 1, 1}, op.groups = 2;
         const int x = p.Activation({1, 5, 6, 8});
         p.Step(op, {x, Vector(p, {3, 3, 8, 6}), Vector(p, {12})}, p.Activation({1, 10, 11, 12}));
       }},
  };
}

std::vector<OpCase> RowCases() {
  using plan::BinaryFn;
  using plan::ReduceFn;
  plan::ArgReduceT argmin;
  argmin.axis = 2;
  const auto cumsum = [](int axis, bool exclusive, bool reverse) {
    plan::CumSumT op;
    op.axis = axis, op.exclusive = exclusive, op.reverse = reverse;
    return op;
  };
  return {
      LayerNorm("192 channels", 197, 192, true, false),
      LayerNorm("odd channels, no scale", 5, 37, false, false),
      LayerNorm("root mean square", 9, 50, true, true),
      OneInput("Softmax over the last axis", 2e-6, SoftmaxOf(2, false), {3, 5, 41}, {3, 5, 41}),
      OneInput("Softmax over a middle axis", 2e-6, SoftmaxOf(1, false), {3, 5, 7}, {3, 5, 7}),
      OneInput("log Softmax", 2e-6, SoftmaxOf(2, true), {1, 4, 10}, {1, 4, 10}),
      Unary("Relu", UnaryFn::Relu),
      Unary("GELU", UnaryFn::GeluErf),
      Unary("GELU by tanh", UnaryFn::GeluTanh),
      Unary("sigmoid", UnaryFn::Sigmoid),
      Unary("SiLU", UnaryFn::Silu, 1),
      Unary("hard swish", UnaryFn::HardSwish),
      Unary("clip", UnaryFn::Clip, -0.2f, 0.3f),
      Unary("exp", UnaryFn::Exp),
      Unary("erf", UnaryFn::Erf),
      Unary("is NaN", UnaryFn::IsNaN),
      Binary("same shape", BinaryFn::Add, {1, 9, 33}, {1, 9, 33}, {1, 9, 33}),
      Binary("a row", BinaryFn::Mul, {1, 9, 33}, {33}, {1, 9, 33}, 1),
      Binary("a row first", BinaryFn::Sub, {1, 1, 33}, {1, 9, 33}, {1, 9, 33}),
      Binary("a column", BinaryFn::Div, {1, 9, 33}, {1, 9, 1}, {1, 9, 33}),
      Binary("a scalar first", BinaryFn::Div, {1}, {1, 9, 33}, {1, 9, 33}, 0),
      Binary("a channel scale of a map", BinaryFn::Mul, {1, 4, 5, 20}, {1, 1, 1, 20}, {1, 4, 5, 20}),
      Binary("both broadcast", BinaryFn::Add, {1, 9, 1}, {1, 1, 33}, {1, 9, 33}),
      Binary("a middle axis", BinaryFn::Max, {2, 9, 5}, {1, 9, 1}, {2, 9, 5}),
      Binary("comparison", BinaryFn::Less, {1, 9, 5}, {1, 9, 5}, {1, 9, 5}),
      Binary("power", BinaryFn::Mod, {1, 9, 5}, {5}, {1, 9, 5}),
      Reduce("mean of tokens", ReduceFn::Mean, {1, 49, 40}, {1}, {1, 40}),
      Reduce("global average of a map, axes kept", ReduceFn::Mean, {1, 7, 7, 40}, {1, 2}, {1, 1, 1, 40}, true),
      Reduce("sum of the last axis", ReduceFn::Sum, {1, 6, 50}, {2}, {1, 6}),
      Reduce("sum in blocks", ReduceFn::Sum, {3, 6, 20}, {1}, {3, 20}),
      Reduce("largest of tokens", ReduceFn::Max, {1, 49, 40}, {1}, {1, 40}),
      Reduce("smallest of a map", ReduceFn::Min, {1, 7, 7, 24}, {1, 2}, {1, 24}),
      Reduce("two axes apart", ReduceFn::Max, {3, 6, 4}, {0, 2}, {6}),
      Reduce("L2", ReduceFn::L2, {1, 6, 20}, {2}, {1, 6, 1}, true),
      OneInput("ArgReduce", 0, argmin, {1, 6, 20}, {1, 6}, plan::DType::I64),
      Unary("FakeQuantize", UnaryFn::FakeQuantize, 0.006f, -120),
      OneInput("DynamicFakeQuantize", 1e-6, plan::DynamicFakeQuantizeT{}, {1, 9, 21}, {1, 9, 21}),
      OneInput("CumSum", 1e-6, cumsum(2, false, false), {1, 6, 20}, {1, 6, 20}),
      OneInput("CumSum from the end", 1e-6, cumsum(1, false, true), {1, 6, 20}, {1, 6, 20}),
      OneInput("CumSum without the element", 1e-6, cumsum(1, true, false), {3, 6, 2}, {3, 6, 2}),
      OneInput("CumSum from the end without the element", 1e-6, cumsum(0, true, true), {5, 3}, {5, 3}),
      {"Where", 0,
       [](TestPlan& p) {
         const std::vector<uint8_t> mask = {1, 0, 0, 1, 1};
         const int condition = p.RawConstant({5}, plan::DType::Bool, mask.data(), mask.size()),
                   x = p.Activation({1, 3, 5});
         p.Step(plan::WhereT{}, {condition, x, Vector(p, {3, 1})}, p.Activation({1, 3, 5}));
       }},
      OneInput("Cast to I64", 0, plan::CastT{}, {1, 3, 5}, {1, 3, 5}, plan::DType::I64),
  };
}

std::vector<OpCase> MovementCases() {
  plan::ResizeT resize;
  resize.mode = plan::ResizeMode::Linear, resize.scales = {1, 2, 2, 1};
  plan::PadT pad;
  pad.begins = {0, 1, 2, 0}, pad.ends = {0, 0, -1, 0}, pad.value = 0.5f;
  plan::TileT tile;
  tile.repeats = {2, 1, 3};
  const auto concat = [](const std::vector<Dims>& parts, const Dims& y, int axis) {
    return OpCase{"Concat along axis " + std::to_string(axis), 0, [=](TestPlan& p) {
                    plan::ConcatT op;
                    op.axis = axis;
                    std::vector<int32_t> inputs;
                    inputs.reserve(parts.size());
                    for (const Dims& part : parts)
                      inputs.push_back(inputs.empty() ? Vector(p, part) : p.Activation(part));
                    p.Step(op, inputs, p.Activation(y));
                  }};
  };
  return {
      OneInput("Transpose of a matrix", 0, TransposeOf({0, 2, 1}), {1, 17, 30}, {1, 30, 17}),
      OneInput("Transpose of heads", 0, TransposeOf({0, 2, 1, 3}), {1, 7, 3, 8}, {1, 3, 7, 8}),
      OneInput("Transpose of windows", 0, TransposeOf({0, 1, 3, 2, 4, 5}), {1, 2, 3, 2, 3, 5}, {1, 2, 2, 3, 3, 5}),
      OneInput("Transpose that changes nothing", 0, TransposeOf({0, 1}), {3, 5}, {3, 5}),
      concat({{1, 1, 8}, {1, 5, 8}}, {1, 6, 8}, 1),
      concat({{1, 5, 3}, {1, 5, 8}, {1, 5, 1}}, {1, 5, 12}, 2),
      OneInput("Slice of rows", 0, SliceOf({0, 1, 0}, {1, 1, 1}), {1, 5, 8}, {1, 3, 8}),
      OneInput("Slice of columns", 0, SliceOf({0, 0, 2}, {1, 1, 1}), {1, 5, 8}, {1, 5, 3}),
      OneInput("Slice with steps", 0, SliceOf({0, 4, 1}, {1, -2, 3}), {1, 5, 8}, {1, 3, 3}),
      OneInput("Slice of every other row", 0, SliceOf({0, 1, 0}, {1, 2, 1}), {1, 6, 8}, {1, 3, 8}),
      OneInput("Pad", 0, pad, {1, 4, 5, 3}, {1, 5, 6, 3}),
      OneInput("Tile", 0, tile, {1, 2, 3}, {2, 2, 9}),
      OneInput("Expand", 0, plan::ExpandT{}, {1, 1, 3}, {2, 4, 3}),
      OneInput("Resize", 1e-6, resize, {1, 4, 5, 3}, {1, 8, 10, 3}),
      {"Gather", 0,
       [](TestPlan& p) {
         plan::GatherT op;
         op.axis = 1;
         const int x = p.Activation({1, 6, 4});
         p.Step(op, {x, p.ConstantI64({2, 2}, {0, -1, 3, 2})}, p.Activation({1, 2, 2, 4}));
       }},
      {"Gather of one element, indices outside the axis", 0,
       [](TestPlan& p) {
         plan::GatherT op;
         op.axis = 1;
         const int x = p.Activation({1, 6, 4});
         p.Step(op, {x, p.ConstantI64({}, {1000})}, p.Activation({1, 4}));
       },
       true},
      {"GatherElements", 0,
       [](TestPlan& p) {
         plan::GatherElementsT op;
         op.axis = 1;
         const int x = p.Activation({2, 3});
         p.Step(op, {x, p.ConstantI64({2, 2}, {2, 0, 1, -1})}, p.Activation({2, 2}));
       }},
      {"GatherND", 0,
       [](TestPlan& p) {
         const int x = p.Activation({3, 4, 2});
         p.Step(plan::GatherNDT{}, {x, p.ConstantI64({2, 2}, {0, 1, 2, 3})}, p.Activation({2, 2}));
       }},
      {"ScatterND", 0,
       [](TestPlan& p) {
         const int x = p.Activation({4, 3}), updates = p.Activation({2, 3});
         p.Step(plan::ScatterNDT{}, {x, p.ConstantI64({2, 1}, {3, 0}), updates}, p.Activation({4, 3}));
       }},
      {"TopK", 0,
       [](TestPlan& p) {
         plan::TopKT op;
         op.axis = 2, op.largest = true;
         const int x = p.Activation({1, 3, 9}), values = p.Activation({1, 3, 4}),
                   indices = p.Activation({1, 3, 4}, plan::DType::I64);
         p.Step(op, {x}, values);
         p.tables.steps.back()->outputs.push_back(indices);
       }},
  };
}

}  // namespace vitrt::test
