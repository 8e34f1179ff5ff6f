// Pools of several maps at once, and reductions of bools, were written into plans that no runtime takes, and so were
// said to be internal errors (found by ONNX node tests: lrn, convtranspose_group_2_image_3, reduce_max_bool_inputs).
#include "converters/plan_form.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

Status Form(const std::function<ValueId(Builder&)>& build) {
  Builder b({1, 2, 4, 3});
  b.graph.input_channels_last = true;
  const ValueId y = build(b);
  b.graph.outputs = {{"y", y}};
  return CheckPlanForm(b.graph);
}

TEST_CASE("what a plan cannot hold is unsupported, and named") {
  const Status pool = Form([](Builder& b) {
    plan::Pool2dT op;
    op.channels_last = true;
    op.kernel = op.strides = op.dilations = {1, 1};
    op.pads = {0, 0, 0, 0};
    return b.Add(std::move(op), {b.Reshape(b.input(), {2, 1, 4, 3})});
  });
  CHECK(pool.code() == StatusCode::kUnsupported);
  CHECK_MESSAGE(pool.hint().find("several maps") != std::string::npos, pool.ToString());
  const Status bools = Form([](Builder& b) {
    const ValueId positive = b.Binary(plan::BinaryFn::Greater, b.input(), b.Scalar(0));
    return b.Add(ops::Reduce(plan::ReduceFn::Max, {3}, true), {positive});
  });
  CHECK(bools.code() == StatusCode::kUnsupported);
  CHECK_MESSAGE(bools.hint().find("bools") != std::string::npos, bools.ToString());
}

}  // namespace
}  // namespace vitrt::convert::test
