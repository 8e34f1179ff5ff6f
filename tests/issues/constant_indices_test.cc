// A constant index outside of its axis was converted, and the plan gave the nearest element
// (gather_out_of_range).
#include <doctest/doctest.h>

#include <functional>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

struct Case {
  const char* title;
  std::function<void(ModelBuilder&)> add;  // x [1, 2, 3, 4] -> y, by a node called "pick"
  std::string refusal;                     // part of it; "" where the model is right
};

TEST_CASE("constant indices outside of their axis refuse the model, with the node") {
  const Case cases[] = {
      {"Gather, behind the end",
       [](ModelBuilder& m) {
         m.Integers("i", {3}, {0, 1, 4}).Node("Gather", {"x", "i"}, {"y"}).Name("pick").Int("axis", 3);
       },
       "index 4 is outside of axis 3 of [1, 2, 3, 4]"},
      {"Gather, before the beginning",
       [](ModelBuilder& m) {
         m.Integers("i", {2}, {-4, 0}).Node("Gather", {"x", "i"}, {"y"}).Name("pick").Int("axis", 2);
       },
       "index -4 is outside of axis 2"},
      {"Gather of one",
       [](ModelBuilder& m) {
         m.Integers("i", {}, {2}).Node("Gather", {"x", "i"}, {"y"}).Name("pick").Int("axis", 1);
       },
       "index 2 is outside of axis 1"},
      {"Gather, the lowest and the highest",
       [](ModelBuilder& m) {
         m.Integers("i", {2}, {-3, 2}).Node("Gather", {"x", "i"}, {"y"}).Name("pick").Int("axis", 2);
       },
       ""},
      {"indices that are computed from constants",
       [](ModelBuilder& m) {
         m.Floats("f", {2}, {1.5f, 9.5f}).Node("Cast", {"f"}, {"i"}).Int("to", ::onnx::TensorProto::INT64);
         m.Node("Gather", {"x", "i"}, {"y"}).Name("pick").Int("axis", 3);
       },
       "index 9 is outside of axis 3"},
      {"GatherElements",
       [](ModelBuilder& m) {
         m.Integers("i", {1, 1, 1, 2}, {0, -5}).Node("GatherElements", {"x", "i"}, {"y"}).Name("pick").Int("axis", 3);
       },
       "index -5 is outside of axis 3"},
      {"GatherND",
       [](ModelBuilder& m) {
         m.Integers("i", {2, 2}, {0, 1, 0, 2}).Node("GatherND", {"x", "i"}, {"y"}).Name("pick");
       },
       "index 2 is outside of axis 1"},
      {"GatherND with a batch",
       [](ModelBuilder& m) {
         m.Integers("i", {1, 2, 2}, {1, 2, 1, 3}).Node("GatherND", {"x", "i"}, {"y"}).Name("pick").Int("batch_dims", 1);
       },
       "index 3 is outside of axis 2"},
      {"ScatterND",
       [](ModelBuilder& m) {
         m.Integers("i", {1, 4}, {0, 0, 3, 0}).Floats("u", {1}, {7});
         m.Node("ScatterND", {"x", "i", "u"}, {"y"}).Name("pick");
       },
       "index 3 is outside of axis 2"},
      {"ScatterElements",
       [](ModelBuilder& m) {
         m.Integers("i", {1, 1, 1, 1}, {4}).Floats("u", {1, 1, 1, 1}, {7});
         m.Node("ScatterElements", {"x", "i", "u"}, {"y"}).Name("pick").Int("axis", 3);
       },
       "index 4 is outside of axis 3"},
      {"Split into more than there is",
       [](ModelBuilder& m) {
         m.Integers("s", {2}, {3, 3}).Node("Split", {"x", "s"}, {"y", "z"}).Name("pick").Int("axis", 3);
       },
       "pick"},
      {"TopK of more than there is",
       [](ModelBuilder& m) {
         m.Integers("k", {1}, {5}).Node("TopK", {"x", "k"}, {"y", "z"}).Name("pick").Int("axis", 3);
       },
       "pick"},
      {"Slice clamps, as ONNX says",
       [](ModelBuilder& m) {
         m.Integers("b", {1}, {-9}).Integers("e", {1}, {99}).Integers("a", {1}, {3}).Integers("s", {1}, {2});
         m.Node("Slice", {"x", "b", "e", "a", "s"}, {"y"}).Name("pick");
       },
       ""},
      {"OneHot of an index that is none of the classes is off everywhere",
       [](ModelBuilder& m) {
         m.Node("ArgMax", {"x"}, {"a"}).Int("axis", 3).Int("keepdims", 0);
         m.Integers("d", {}, {1}).Floats("v", {2}, {0, 1}).Node("OneHot", {"a", "d", "v"}, {"y"}).Name("pick");
       },
       ""},
      {"Compress with more conditions than elements",
       [](ModelBuilder& m) {
         auto* c = m.Tensor("c", ::onnx::TensorProto::BOOL, {6});
         for (int i : {1, 0, 0, 1, 1, 1}) c->add_int32_data(i);
         m.Node("Compress", {"x", "c"}, {"y"}).Name("pick").Int("axis", 3);
       },
       ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    ModelBuilder m(17);
    m.Input("x", {1, 2, 3, 4}).Output("sum").Floats("one", {}, {1});
    c.add(m);
    m.Node("Add", {"y", "one"}, {"sum"});
    const auto y = RunModel(m, Numbers(24));
    CHECK_MESSAGE(y.ok() == c.refusal.empty(), y.status().ToString());
    if (y.ok() || c.refusal.empty()) continue;
    CHECK(y.status().code() == StatusCode::kBadPlan);
    CHECK_MESSAGE(y.status().ToString().find(c.refusal) != std::string::npos, y.status().ToString());
    CHECK_MESSAGE(y.status().where().find("pick") != std::string::npos, y.status().ToString());
  }
}

TEST_CASE("the lowest and the highest index pick what ONNX says") {
  ModelBuilder m(17);
  m.Input("x", {1, 1, 1, 4}).Output("y").Integers("i", {3}, {-4, 3, -1});
  m.Node("Gather", {"x", "i"}, {"z"}).Int("axis", 3);
  m.Node("Neg", {"z"}, {"y"});
  const auto y = RunModel(m, {10, 20, 30, 40});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  CHECK(y->front() == std::vector<double>{-10, -40, -40});
}

}  // namespace
}  // namespace vitrt::test
