// A model whose outputs are parts of its input left no step to write, and was said to be an internal error.
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

TEST_CASE("a model whose outputs are parts of the input is unsupported, not an internal error") {
  Builder b({1, 1, 1, 6});
  b.graph.outputs = {{"y", b.Reshape(b.Slice(b.input(), {0, 0, 0, 0}, {1, 1, 1, 4}), {1, 4})}};
  b.graph.input_channels_last = true;
  PlanOptions options;
  options.exits = ExitChoice::OutputsOnly(b.graph);
  OrderBySegments(&b.graph, &options.exits);
  const auto bytes = BuildPlan(b.graph, options);
  CHECK_MESSAGE(bytes.status().code() == StatusCode::kUnsupported, bytes.status().ToString());
  CHECK(bytes.status().what().find("part of the input") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::convert::test
