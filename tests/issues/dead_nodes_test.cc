// An unsupported node that no output needs refused the whole model (dead_node: a NonMaxSuppression over constants).
#include <doctest/doctest.h>

#include <functional>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

struct Case {
  const char* title;
  std::function<void(ModelBuilder&)> add;  // to a model x [1, 1, 2, 2] -> y = 2 x
};

TEST_CASE("nodes that no output needs are not looked at") {
  const Case cases[] = {
      {"an unsupported node over constants",
       [](ModelBuilder& m) {
         m.Floats("boxes", {1, 1, 4}, {0, 0, 1, 1}).Floats("scores", {1, 1, 1}, {1});
         m.Node("NonMaxSuppression", {"boxes", "scores"}, {"dead"});
       }},
      {"an unsupported node of the image, and one that reads it",
       [](ModelBuilder& m) {
         m.Node("GridSample", {"x", "x"}, {"dead"});
         m.Node("Relu", {"dead"}, {"deader"});
       }},
      {"an operator of a domain that nobody knows",
       [](ModelBuilder& m) { m.Node("Draw", {"x"}, {"dead"}).Domain("com.example.debug"); }},
      {"a node that reads what nothing produces", [](ModelBuilder& m) { m.Node("Relu", {"nowhere"}, {"dead"}); }},
      {"a cycle",
       [](ModelBuilder& m) {
         m.Node("Relu", {"b"}, {"a"});
         m.Node("Relu", {"a"}, {"b"});
       }},
      {"a shape that does not fit",
       [](ModelBuilder& m) {
         m.Floats("five", {5}, {1, 2, 3, 4, 5}).Node("Add", {"x", "five"}, {"dead"});
       }},
      {"weights of strings",
       [](ModelBuilder& m) {
         m.Tensor("text", ::onnx::TensorProto::STRING, {1})->add_string_data("a");
         m.Node("StringNormalizer", {"text"}, {"dead"});
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    ModelBuilder m(17);
    m.Input("x", {1, 1, 2, 2}).Output("y").Floats("two", {}, {2});
    c.add(m);
    m.Node("Mul", {"x", "two"}, {"y"});
    const auto y = RunModel(m, {1, 2, 3, 4});
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    CHECK(y->front() == std::vector<double>{2, 4, 6, 8});
  }
}

::onnx::GraphProto Branch(const std::string& op, const std::string& output, const std::vector<std::string>& inputs) {
  ::onnx::GraphProto graph;
  AddNode(graph, op, inputs, {output});
  graph.add_output()->set_name(output);
  return graph;
}

TEST_CASE("what only a branch needs that is not taken does not refuse the model") {
  ModelBuilder m(17);
  m.Input("x", {1, 1, 2, 2}).Output("y").Tensor("yes", ::onnx::TensorProto::BOOL, {})->add_int32_data(1);
  m.Node("GridSample", {"x", "x"}, {"warped"});
  m.Node("If", {"yes"}, {"y"})
      .Graph("then_branch", Branch("Relu", "taken", {"x"}))
      .Graph("else_branch", Branch("Neg", "other", {"warped"}));
  const auto y = RunModel(m, {-1, 2, 3, 4});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  CHECK(y->front() == std::vector<double>{0, 2, 3, 4});
}

TEST_CASE("an unsupported node of a function whose result nobody reads does not refuse the model") {
  ModelBuilder m(17);
  m.Input("x", {1, 1, 2, 2}).Output("y");
  auto* entry = m.proto().add_opset_import();
  entry->set_domain("local"), entry->set_version(1);
  auto* function = m.proto().add_functions();
  function->set_name("Both"), function->set_domain("local");
  for (const char* name : {"relu", "warped"}) function->add_output(name);
  function->add_input("in");
  AddNode(*function, "Relu", {"in"}, {"relu"});
  AddNode(*function, "GridSample", {"in", "in"}, {"warped"});
  m.Node("Both", {"x"}, {"y", "unread"}).Domain("local");
  const auto y = RunModel(m, {-1, 2, 3, 4});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  CHECK(y->front() == std::vector<double>{0, 2, 3, 4});
}

TEST_CASE("an unsupported node that an output needs is still named, the dead ones are not") {
  ModelBuilder m(17);
  m.Input("x", {1, 1, 2, 2}).Output("y").Output("z");
  m.Node("DeformConv", {"x", "x", "x"}, {"dead"}).Name("dead one");
  m.Node("Relu", {"x"}, {"z"});
  m.Node("GridSample", {"x", "x"}, {"y"}).Name("live one");
  const Status status = RunModel(m, {1, 2, 3, 4}).status();
  CHECK(status.code() == StatusCode::kUnsupported);
  CHECK_MESSAGE(status.what().find("1 node is not supported") != std::string::npos, status.ToString());
  CHECK(status.what().find("live one") != std::string::npos);
  CHECK(status.what().find("dead one") == std::string::npos);
}

}  // namespace
}  // namespace vitrt::test
