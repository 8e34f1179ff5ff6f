// Of the outputs emb [1, 32] and logits [1, 5] the first became the exit: class 29 was predicted. A head of shape
// [1, 5, 1, 1] was no exit, and images were labelled "none". Outputs that cannot be told apart are refused.
#include "tests/issues/small_model.h"

namespace vitrt::convert::test {
namespace {

struct Two : SmallModel {
  Two() {
    Out("emb", Linear(features, 32));
    Out("logits", Logits());
  }
};

TEST_CASE("an embedding before logits is refused, with the outputs and a way out") {
  Two m;
  const auto choice = ChooseExits(m.graph, {});
  REQUIRE(choice.status().code() == StatusCode::kUnsupported);
  for (const char* part : {"--exits", "--labels", "emb F32[1, 32]", "logits F32[1, 5]"})
    CHECK_MESSAGE(choice.status().hint().find(part) != std::string::npos, choice.status().hint());
}

TEST_CASE("labels or a name tell an embedding from logits") {
  for (const ExitRequest& request : {ExitRequest{{}, {5}}, ExitRequest{{"logits"}, {}}}) {
    RunningModel m(Two(), 2, request);
    REQUIRE(m.engine->info().exits.size() == 1);
    CHECK(m.engine->info().exits[0].name == "logits");
    CHECK(m.engine->info().outputs[0].name == "emb");
    m.Run();
    m.CheckOutputs();
  }
}

TEST_CASE("features in other shapes, of a norm and maps of attention become no exits") {
  SmallModel model;
  const ValueId tokens = model.Add(ops::LayerNorm(1e-5f), {model.Reshape(model.features, {1, 2, 4})});
  const ValueId token = model.Reshape(model.Slice(tokens, {0, 0, 0}, {1, 1, 4}), {1, 4});
  model.Out("token", token);
  model.Out("tokens", tokens);
  model.Out("attention", model.Add(ops::Softmax(3), {model.Reshape(model.features, {1, 2, 2, 2})}));
  model.Out("logits", model.Linear(token, 5));
  RunningModel m(std::move(model), 2);
  REQUIRE(m.engine->info().exits.size() == 1);
  CHECK(m.engine->info().exits[0].name == "logits");
  CHECK(m.engine->info().outputs.size() == 3);
  m.Run();
  m.CheckOutputs();
}

TEST_CASE("a head with more axes than two classifies as one of two") {
  const struct {
    Shape shape;
    bool named;  // which axis is the classes' cannot be told: it is an exit only where --exits names it
  } cases[] = {{{1, 5, 1, 1}, false}, {{1, 5, 1}, false}, {{1, 5, 1, 1, 1}, false},
               {{1, 1, 1, 5}, true},  {{1, 1, 5}, true},  {{5}, true}};
  for (const auto& c : cases) {
    CAPTURE(ToString(ValueType{DType::F32, c.shape}));
    const auto model = [&] {
      SmallModel made;
      made.Out("y", made.Reshape(made.Logits(), c.shape));
      return made;
    };
    if (c.named) CHECK(RunningModel(model(), 1).engine->info().exits.empty());
    RunningModel m(model(), 2, c.named ? ExitRequest{{"y"}, {}} : ExitRequest{});
    REQUIRE(m.engine->info().exits.size() == 1);
    CHECK(m.engine->info().exits[0].dims == c.shape);
    CHECK(m.engine->info().exits[0].classes == 5);
    const auto predictions = m.Run();
    for (size_t i = 0; i < 2; ++i) {
      const Tensor& y = m.Reference(i, "y");
      CHECK(predictions[i].label == std::max_element(y.f32(), y.f32() + 5) - y.f32());
    }
    m.CheckOutputs();
  }
}

TEST_CASE("a map of classes is no exit, named or not") {
  SmallModel model;
  model.Out("map", model.Reshape(model.Logits(20), {1, 5, 2, 2}));
  CHECK(ChooseExits(model.graph, {{"map"}, {}}).status().code() == StatusCode::kInvalidArgument);
  RunningModel m(std::move(model), 2);
  CHECK(m.engine->info().exits.empty());
  CHECK(m.Run()[0].label == -1);
  m.CheckOutputs();
}

}  // namespace
}  // namespace vitrt::convert::test
