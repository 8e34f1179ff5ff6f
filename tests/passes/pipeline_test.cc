#include "converters/passes/pipeline.h"

#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

// A block of a ViT as TorchScript writes it would be long; two linear layers and an activation are enough here.
void Model(Builder& b) {
  const ValueId hidden = b.Unary(plan::UnaryFn::GeluErf, b.Binary(plan::BinaryFn::Add, b.Weight({8}),
                                                                  b.Add(ops::MatMul(), {b.input(), b.Weight({6, 8})})));
  b.Output(b.Add(ops::MatMul(), {hidden, b.Weight({8, 3})}));
}

TEST_CASE("the whole list gives a small equal graph and a report per pass") {
  Builder b({4, 6});
  Model(b);
  const auto before = EvaluateGraph(b.graph, Random({4, 6}, 1000));
  REQUIRE(before.ok());
  const auto reports = RunPasses(&b.graph, {});
  REQUIRE_MESSAGE(reports.ok(), reports.status().ToString());
  CHECK(reports->size() == Passes().size());
  CHECK(b.graph.nodes.size() == 2);
  const auto after = EvaluateGraph(b.graph, Random({4, 6}, 1000));
  REQUIRE(after.ok());
  CHECK(LargestError((*after)[0], (*before)[0]) < kTolerance);
}

TEST_CASE("passes are left out and dumped by name") {
  Builder b({4, 6});
  Model(b);
  PipelineOptions options;
  options.disabled = {"fuse-epilogues"};
  options.dump_after = "form-linear";
  std::string dump;
  options.dump = [&](const std::string& text) { dump += text; };
  const auto reports = RunPasses(&b.graph, options);
  REQUIRE(reports.ok());
  CHECK(reports->size() < Passes().size());
  CHECK(b.graph.nodes.size() == 3);
  CHECK(dump.find("Linear") != std::string::npos);
}

TEST_CASE("unknown passes and required ones are refused") {
  for (const char* name : {"no-such-pass", "assign-layout"}) {
    Builder b({4, 6});
    Model(b);
    PipelineOptions options;
    options.disabled = {name};
    const auto reports = RunPasses(&b.graph, options);
    REQUIRE_FALSE(reports.ok());
    CHECK(reports.status().code() == StatusCode::kInvalidArgument);
  }
  Builder b({4, 6});
  Model(b);
  PipelineOptions options;
  options.dump_after = "no-such-pass";
  CHECK(RunPasses(&b.graph, options).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("every single pass may be left out and the result stays the same") {
  for (const convert::Pass& pass : Passes()) {
    if (pass.required) continue;
    CAPTURE(pass.name);
    Builder b({4, 6});
    Model(b);
    const auto before = EvaluateGraph(b.graph, Random({4, 6}, 1000));
    PipelineOptions options;
    options.disabled = {pass.name};
    const auto reports = RunPasses(&b.graph, options);
    REQUIRE_MESSAGE(reports.ok(), reports.status().ToString());
    const auto after = EvaluateGraph(b.graph, Random({4, 6}, 1000));
    REQUIRE(after.ok());
    CHECK(LargestError((*after)[0], (*before)[0]) < kTolerance);
  }
}

}  // namespace
}  // namespace vitrt::convert::test
