// --verify refused right plans: an error of exp(-100) against 0 counted as one of 100 %, because values that agree exactly
// were left out of the largest that it is measured against. The masks of shifted windows have such rows.
#include <doctest/doctest.h>

#include "converters/cli/convert.h"
#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

TEST_CASE("a step is judged against its largest value, also where that agrees exactly") {
  ModelBuilder m(17);
  m.Input("image", {1, 3, 4, 4}).Output("logits");
  m.Floats("w", {48, 1}, Numbers(48)).Floats("mask", {1, 2}, {0, -100}).Floats("h", {2, 3}, Numbers(6, 2));
  m.Node("Flatten", {"image"}, {"f"});
  m.Node("MatMul", {"f", "w"}, {"score"});
  m.Node("Add", {"score", "mask"}, {"masked"});
  m.Node("Softmax", {"masked"}, {"p"}).Int("axis", 1);
  m.Node("MatMul", {"p", "h"}, {"logits"});
  TempFolder folder;
  convert::ConvertOptions options;
  options.model = m.Write(folder / "model.onnx");
  options.output = folder / "model.plan";
  options.int8.emplace();  // then each step is judged
  options.verify = true;
  const auto report = convert::Convert(options);
  REQUIRE_MESSAGE(report.ok(), report.status().ToString());
  bool softmax = false;
  for (const convert::StepError& step : report->step_errors) {
    if (step.op != "Softmax") continue;
    CHECK(step.error < 1e-6);
    softmax = true;
  }
  CHECK(softmax);
}

}  // namespace
}  // namespace vitrt::test
