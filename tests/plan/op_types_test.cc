#include "runtime/plan/op_types.h"

#include <doctest/doctest.h>

#include "converters/graph/ops.h"

namespace vitrt::plan {
namespace {

namespace ops = convert::ops;

template <typename OpT>
OpUnion Op(OpT op) {
  OpUnion u;
  u.Set(std::move(op));
  return u;
}

struct Case {
  const char* title;
  OpUnion op;
  std::vector<std::optional<TensorType>> inputs;
  std::optional<TensorType> declared;
  std::vector<TensorType> expected;  // empty: refused
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.title);
    const auto types = InferOpTypes(c.op, c.inputs, c.declared);
    CHECK(types.ok() == !c.expected.empty());
    if (types.ok()) CHECK(*types == c.expected);
    if (!types.ok()) CHECK(!types.status().what().empty());
  }
}

TensorType F(Shape shape) { return {DType::F32, std::move(shape)}; }
TensorType I(Shape shape) { return {DType::I64, std::move(shape)}; }
TensorType B(Shape shape) { return {DType::Bool, std::move(shape)}; }

Conv2dT Conv(bool channels_last, int kernel, int stride, int pad, int groups) {
  Conv2dT op;
  op.channels_last = channels_last;
  op.kernel = {kernel, kernel};
  op.strides = {stride, stride};
  op.dilations = {1, 1};
  op.pads = {pad, pad, pad, pad};
  op.groups = groups;
  return op;
}

Pool2dT Pool(int kernel, int stride) {
  Pool2dT op;
  op.kernel = {kernel, kernel};
  op.strides = {stride, stride};
  op.dilations = {1, 1};
  op.pads = {0, 0, 0, 0};
  return op;
}

TEST_SUITE("runtime/plan/op_types") {
  TEST_CASE("elementwise ops keep or broadcast shapes and check dtypes") {
    Check({
        {"unary", Op(ops::Unary(UnaryFn::GeluErf)), {F({2, 3})}, {}, {F({2, 3})}},
        {"unary of integers", Op(ops::Unary(UnaryFn::Exp)), {I({2})}, {}, {}},
        {"negative of integers", Op(ops::Unary(UnaryFn::Neg)), {I({2})}, {}, {I({2})}},
        {"not", Op(ops::Unary(UnaryFn::Not)), {B({2})}, {}, {B({2})}},
        {"isnan", Op(ops::Unary(UnaryFn::IsNaN)), {F({2})}, {}, {B({2})}},
        {"add broadcasts", Op(ops::Binary(BinaryFn::Add)), {F({4, 1, 3}), F({5, 1})}, {}, {F({4, 5, 3})}},
        {"add of unlike shapes", Op(ops::Binary(BinaryFn::Add)), {F({4}), F({3})}, {}, {}},
        {"add of unlike dtypes", Op(ops::Binary(BinaryFn::Add)), {F({4}), I({4})}, {}, {}},
        {"less gives bool", Op(ops::Binary(BinaryFn::Less)), {I({4}), I({})}, {}, {B({4})}},
        {"and of floats", Op(ops::Binary(BinaryFn::And)), {F({4}), F({4})}, {}, {}},
        {"where", Op(WhereT()), {B({3, 1}), F({}), F({1, 2})}, {}, {F({3, 2})}},
        {"cast", Op(CastT()), {F({3})}, I({}), {I({3})}},
        {"cast without a dtype", Op(CastT()), {F({3})}, {}, {}},
        {"softmax", Op(ops::Softmax(1)), {F({2, 3})}, {}, {F({2, 3})}},
        {"softmax of a missing axis", Op(ops::Softmax(2)), {F({2, 3})}, {}, {}},
        {"a missing input", Op(ops::Binary(BinaryFn::Add)), {F({2}), std::nullopt}, {}, {}},
        {"too many inputs", Op(ops::Softmax(0)), {F({2}), F({2})}, {}, {}},
    });
  }  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): it does not know that the table's elements end here

  TEST_CASE("matrix ops check the inner dimension and the epilogue") {
    AttentionT fused;  // one [197, 3 * 2 * 8] matrix holds q, k and v
    fused.heads = 2;
    fused.head_dim = fused.value_dim = fused.q_head_stride = fused.k_head_stride = fused.v_head_stride = 8;
    fused.k_column = 16;
    fused.v_column = 32;
    AttentionT outside = fused;
    outside.v_column = 40;
    Check({
        {"linear", Op(LinearT()), {F({1, 5, 8}), F({8, 4}), F({4})}, {}, {F({1, 5, 4})}},
        {"linear with row bias and residual",
         Op(LinearT()),
         {F({1, 6, 8}), F({8, 4}), F({4}), F({3, 4}), F({2, 4})},
         {},
         {F({1, 6, 4})}},
        {"linear with a row bias of another period", Op(LinearT()), {F({1, 5, 8}), F({8, 4}), {}, F({3, 4})}, {}, {}},
        {"linear of another width", Op(LinearT()), {F({1, 5, 7}), F({8, 4})}, {}, {}},
        {"matmul broadcasts", Op(ops::MatMul()), {F({3, 1, 5, 8}), F({2, 8, 4})}, {}, {F({3, 2, 5, 4})}},
        {"matmul with b transposed", Op(ops::MatMul(true)), {F({5, 8}), F({4, 8})}, {}, {F({5, 4})}},
        {"matmul of unlike sizes", Op(ops::MatMul()), {F({5, 8}), F({4, 8})}, {}, {}},
        {"layer norm", Op(ops::LayerNorm(1e-6f)), {F({2, 8}), F({8}), F({8})}, {}, {F({2, 8})}},
        {"layer norm with another gamma", Op(ops::LayerNorm(1e-6f)), {F({2, 8}), F({4})}, {}, {}},
        {"attention on fused qkv",
         Op(fused),
         {F({1, 197, 48}), F({1, 197, 48}), F({1, 197, 48})},
         {},
         {F({1, 197, 16})}},
        {"attention with shared keys", Op(fused), {F({4, 9, 48}), F({1, 5, 48}), F({1, 5, 48})}, {}, {F({4, 9, 16})}},
        {"attention whose heads leave v", Op(outside), {F({1, 9, 48}), F({1, 9, 48}), F({1, 9, 48})}, {}, {}},
        {"attention with a bias",
         Op(fused),
         {F({4, 9, 48}), F({4, 9, 48}), F({4, 9, 48}), F({2, 9, 9})},
         {},
         {F({4, 9, 16})}},
        {"attention with an unfit bias",
         Op(fused),
         {F({4, 9, 48}), F({4, 9, 48}), F({4, 9, 48}), F({3, 9, 9})},
         {},
         {}},
    });
  }  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): it does not know that the table's elements end here

  TEST_CASE("convolutions and pools know both layouts") {
    ConvTranspose2dT up;
    up.channels_last = false;
    up.kernel = {2, 2};
    up.strides = {2, 2};
    up.dilations = {1, 1};
    up.pads = {0, 0, 0, 0};
    ConvTranspose2dT up_last = up;
    up_last.channels_last = true;
    Check({
        {"conv, channels first",
         Op(Conv(false, 3, 2, 1, 1)),
         {F({1, 3, 32, 30}), F({8, 3, 3, 3}), F({8})},
         {},
         {F({1, 8, 16, 15})}},
        {"conv, channels last",
         Op(Conv(true, 3, 2, 1, 1)),
         {F({1, 32, 30, 3}), F({3, 3, 3, 8}), F({8})},
         {},
         {F({1, 16, 15, 8})}},
        {"depthwise conv", Op(Conv(true, 3, 1, 1, 8)), {F({1, 7, 7, 8}), F({3, 3, 1, 8})}, {}, {F({1, 7, 7, 8})}},
        {"conv with groups that do not divide",
         Op(Conv(false, 1, 1, 0, 2)),
         {F({1, 3, 4, 4}), F({4, 1, 1, 1})},
         {},
         {}},
        {"conv larger than its input", Op(Conv(false, 5, 1, 0, 1)), {F({1, 3, 4, 4}), F({8, 3, 5, 5})}, {}, {}},
        {"conv with another weight", Op(Conv(false, 3, 1, 1, 1)), {F({1, 3, 4, 4}), F({8, 4, 3, 3})}, {}, {}},
        {"pool", Op(Pool(2, 2)), {F({1, 7, 7, 4})}, {}, {F({1, 3, 3, 4})}},
        {"pool in ceil mode", Op(Pool(2, 2)), {F({1, 7, 7, 4})}, F({1, 4, 4, 4}), {F({1, 4, 4, 4})}},
        {"pool of an impossible size", Op(Pool(2, 2)), {F({1, 7, 7, 4})}, F({1, 5, 4, 4}), {}},
        {"transposed conv", Op(up), {F({1, 6, 4, 4}), F({6, 3, 2, 2})}, {}, {F({1, 3, 8, 8})}},
        {"transposed conv, channels last", Op(up_last), {F({1, 4, 4, 6}), F({2, 2, 6, 3})}, {}, {F({1, 8, 8, 3})}},
        {"transposed conv with output padding",
         Op(up),
         {F({1, 6, 4, 4}), F({6, 3, 2, 2})},
         F({1, 3, 9, 9}),
         {F({1, 3, 9, 9})}},
        {"transposed conv of an impossible size", Op(up), {F({1, 6, 4, 4}), F({6, 3, 2, 2})}, F({1, 3, 10, 8}), {}},
    });
  }

  TEST_CASE("movement ops") {
    PadT pad;
    pad.begins = {0, 1};
    pad.ends = {0, -1};
    PadT reflect = pad;
    reflect.mode = PadMode::Reflect;
    reflect.ends = {0, 3};
    TileT tile;
    tile.repeats = {2, 3};
    ResizeT resize;
    resize.scales = {1, 2};
    Check({
        {"reshape", Op(ReshapeT()), {F({2, 6})}, F({3, 4}), {F({3, 4})}},
        {"reshape to another size", Op(ReshapeT()), {F({2, 6})}, F({3, 5}), {}},
        {"reshape to nothing declared", Op(ReshapeT()), {F({2, 6})}, {}, {}},
        {"transpose", Op(ops::Transpose({2, 0, 1})), {I({2, 3, 4})}, {}, {I({4, 2, 3})}},
        {"transpose naming an axis twice", Op(ops::Transpose({0, 0, 1})), {I({2, 3, 4})}, {}, {}},
        {"concat", Op(ops::Concat(1)), {F({2, 1}), F({2, 3})}, {}, {F({2, 4})}},
        {"concat of unlike shapes", Op(ops::Concat(1)), {F({2, 1}), F({3, 3})}, {}, {}},
        {"slice backwards", Op(ops::Slice({3}, {-2})), {F({4})}, F({2}), {F({2})}},
        {"slice past the end", Op(ops::Slice({2}, {1})), {F({4})}, F({3}), {}},
        {"slice backwards past the start", Op(ops::Slice({3}, {-2})), {F({4})}, F({3}), {}},
        {"empty slice", Op(ops::Slice({0}, {1})), {F({4})}, F({0}), {F({0})}},
        {"pad and crop", Op(pad), {F({2, 3})}, {}, {F({2, 3})}},
        {"reflection over the input", Op(reflect), {F({2, 3})}, {}, {}},
        {"expand", Op(ExpandT()), {F({3, 1})}, F({2, 3, 4}), {F({2, 3, 4})}},
        {"expand to a smaller shape", Op(ExpandT()), {F({3, 1})}, F({1, 4}), {}},
        {"tile", Op(tile), {F({2, 2})}, {}, {F({4, 6})}},
        {"resize", Op(resize), {F({2, 2})}, F({2, 4}), {F({2, 4})}},
        {"resize without a size", Op(resize), {F({2, 2})}, {}, {}},
        {"a shape that overflows", Op(ExpandT()), {F({1})}, F({1 << 20, 1 << 20, 1 << 20, 1 << 20}), {}},
        {"a negative dim", Op(ReshapeT()), {F({4})}, F({-2, -2}), {}},
    });
  }

  TEST_CASE("gathers, scatters and reductions") {
    GatherElementsT elements;
    elements.axis = 1;
    GatherNDT nd;
    nd.batch_dims = 1;
    ArgReduceT arg;
    arg.axis = 1;
    TopKT top;
    top.axis = 1;
    Check({
        {"gather", Op(ops::Gather(1)), {F({2, 5, 3}), I({4, 6})}, {}, {F({2, 4, 6, 3})}},
        {"gather by floats", Op(ops::Gather(1)), {F({2, 5, 3}), F({4})}, {}, {}},
        {"gather elements", Op(elements), {F({2, 5}), I({2, 9})}, {}, {F({2, 9})}},
        {"gather elements outside", Op(elements), {F({2, 5}), I({3, 9})}, {}, {}},
        {"gather nd", Op(nd), {F({2, 5, 3}), I({2, 7, 1})}, {}, {F({2, 7, 3})}},
        {"gather nd too deep", Op(nd), {F({2, 5, 3}), I({2, 7, 3})}, {}, {}},
        {"scatter nd", Op(ScatterNDT()), {F({5, 3}), I({7, 1}), F({7, 3})}, {}, {F({5, 3})}},
        {"scatter nd of unlike updates", Op(ScatterNDT()), {F({5, 3}), I({7, 1}), F({7, 2})}, {}, {}},
        {"reduce", Op(ops::Reduce(ReduceFn::Mean, {0, 2}, false)), {F({2, 5, 3})}, {}, {F({5})}},
        {"reduce keeping dims", Op(ops::Reduce(ReduceFn::Sum, {1}, true)), {I({2, 5})}, {}, {I({2, 1})}},
        {"reduce one axis twice", Op(ops::Reduce(ReduceFn::Sum, {1, 1}, true)), {I({2, 5})}, {}, {}},
        {"argmax", Op(arg), {F({2, 5})}, {}, {I({2})}},
        {"argmax of nothing", Op(arg), {F({2, 0})}, {}, {}},
        {"top 3", Op(top), {F({2, 5})}, F({2, 3}), {F({2, 3}), I({2, 3})}},
        {"top 6 of 5", Op(top), {F({2, 5})}, F({2, 6}), {}},
    });
  }
}

}  // namespace
}  // namespace vitrt::plan
