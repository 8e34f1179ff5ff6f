#include "converters/exits/exits.h"

#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

// A graph under construction: features [1, 6] of an image, and heads on them.
struct Model : Builder {
  Model() : Builder({1, 1, 2, 3}) { features = Unary(UnaryFn::Relu, Linear(Reshape(input(), {1, 6}), 6)); }
  ValueId Softmax(ValueId x, bool log = false) {
    return Add(ops::Softmax(static_cast<int>(graph.value(x).shape.size()) - 1, log), {x});
  }
  ValueId Sigmoid(ValueId x) { return Unary(UnaryFn::Sigmoid, x); }
  ValueId Sum(ValueId a, ValueId b) { return Binary(BinaryFn::Add, a, b); }
  ValueId Scaled(ValueId x, float c) { return Binary(BinaryFn::Mul, x, Scalar(c)); }
  ValueId Logits(int64_t n = 5) { return Linear(features, n); }
  void Out(const char* name, ValueId v) { graph.outputs.push_back({name, v}); }

  ValueId features;
};

// "logits Logits 5, p BinaryProbability 2 | raw, raw", or the code of the refusal.
std::string Text(const Result<ExitChoice>& choice) {
  if (!choice.ok()) return "refused " + std::to_string(static_cast<int>(choice.status().code()));
  std::string text;
  for (const GraphExit& exit : choice->exits) {
    CHECK(!exit.why.empty());
    text += (text.empty() ? "" : ", ") + exit.name + " " + plan::EnumNameExitMeaning(exit.meaning) + " " +
            std::to_string(exit.classes);
  }
  for (size_t i = 0; i < choice->raw.size(); ++i) {
    CHECK(!choice->raw[i].why.empty());
    text += (i == 0 ? " | " : ", ") + choice->raw[i].name;
  }
  return text;
}

struct Case {
  const char* title;
  void (*build)(Model&);
  ExitRequest request;
  const char* expected;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.title);
    Model m;
    c.build(m);
    const auto choice = ChooseExits(m.graph, c.request);
    CHECK_MESSAGE(Text(choice) == c.expected, Text(choice), " ", choice.status().ToString());
    if (!choice.ok()) CHECK(choice.status().hint().find(m.graph.outputs[0].name + " F32[") != std::string::npos);
  }
}

TEST_CASE("the end of a classifier says what its numbers are") {
  Check({
      {"logits", [](Model& m) { m.Out("y", m.Logits()); }, {}, "y Logits 5"},
      {"softmax", [](Model& m) { m.Out("y", m.Softmax(m.Logits())); }, {}, "y Probabilities 5"},
      {"log-softmax", [](Model& m) { m.Out("y", m.Softmax(m.Logits(), true)); }, {}, "y Logits 5"},
      {"softmax, then a shape of four axes",
       [](Model& m) {
         m.Out("y", m.Reshape(m.Softmax(m.Logits()), {1, 5, 1, 1}));
       },
       {},
       "y Probabilities 5"},
      {"exp of log-softmax",
       [](Model& m) { m.Out("y", m.Unary(UnaryFn::Exp, m.Softmax(m.Logits(), true))); },
       {},
       "y Probabilities 5"},
      {"log of softmax", [](Model& m) { m.Out("y", m.Unary(UnaryFn::Log, m.Softmax(m.Logits()))); }, {}, "y Logits 5"},
      {"softmax written as exp(x) / sum(exp(x))",
       [](Model& m) {
         const ValueId e = m.Unary(UnaryFn::Exp, m.Logits());
         m.Out("y", m.Binary(BinaryFn::Div, e, m.Add(ops::Reduce(plan::ReduceFn::Sum, {1}, true), {e})));
       },
       {},
       "y Probabilities 5"},
      {"the mean of two softmaxes",
       [](Model& m) { m.Out("y", m.Scaled(m.Sum(m.Softmax(m.Logits()), m.Softmax(m.Logits())), 0.5f)); },
       {},
       "y Probabilities 5"},
      {"the mean of three stacked softmaxes",
       [](Model& m) {
         std::vector<ValueId> parts(3);
         for (ValueId& part : parts) part = m.Reshape(m.Softmax(m.Logits()), {1, 1, 5});
         m.Out("y", m.Add(ops::Reduce(plan::ReduceFn::Mean, {0}, false), {m.Add(ops::Concat(0), parts)}));
       },
       {},
       "y Probabilities 5"},
      {"the mean of logits",
       [](Model& m) { m.Out("y", m.Scaled(m.Sum(m.Logits(), m.Logits()), 0.5f)); },
       {},
       "y Logits 5"},
      {"a pair of 1 - s and s",
       [](Model& m) {
         const ValueId s = m.Sigmoid(m.Logits(1));
         m.Out("y", m.Add(ops::Concat(1), {m.Binary(BinaryFn::Sub, m.Scalar(1), s), s}));
       },
       {},
       "y Probabilities 2"},
      {"a head of four axes",
       [](Model& m) {
         m.Out("y", m.Reshape(m.Logits(), {1, 5, 1, 1}));
       },
       {},
       "y Logits 5"},
  });
}

TEST_CASE("logits beside what is made of them are one exit") {
  Check({
      {"softmax",
       [](Model& m) {
         const ValueId x = m.Logits();
         m.Out("p", m.Softmax(x));
         m.Out("x", x);
       },
       {},
       "x Logits 5 | p"},
      {"softmax and log-softmax",
       [](Model& m) {
         const ValueId x = m.Logits();
         m.Out("x", x);
         m.Out("p", m.Softmax(x));
         m.Out("l", m.Softmax(x, true));
       },
       {},
       "x Logits 5 | p, l"},
      {"softmax with a temperature: the probabilities are what the model means",
       [](Model& m) {
         const ValueId x = m.Logits();
         m.Out("x", x);
         m.Out("p", m.Softmax(m.Scaled(x, 0.25f)));
       },
       {},
       "p Probabilities 5 | x"},
      {"softmax and log-softmax of hidden logits",
       [](Model& m) {
         const ValueId x = m.Logits();
         m.Out("p", m.Softmax(x));
         m.Out("l", m.Softmax(x, true));
       },
       {},
       "l Logits 5 | p"},
      {"a copy is an exit of its own",
       [](Model& m) {
         const ValueId x = m.Logits();
         m.Out("x", x);
         m.Out("again", x);
       },
       {},
       "x Logits 5, again Logits 5"},
  });
}

TEST_CASE("one number is two classes where sigmoid, two labels or its name say so") {
  Check({
      {"sigmoid", [](Model& m) { m.Out("y", m.Sigmoid(m.Logits(1))); }, {}, "y BinaryProbability 2"},
      {"the mean of two sigmoids",
       [](Model& m) { m.Out("y", m.Scaled(m.Sum(m.Sigmoid(m.Logits(1)), m.Sigmoid(m.Logits(1))), 0.5f)); },
       {},
       "y BinaryProbability 2"},
      {"nothing says so", [](Model& m) { m.Out("y", m.Logits(1)); }, {}, " | y"},
      {"two labels", [](Model& m) { m.Out("y", m.Logits(1)); }, {{}, {2}}, "y BinaryLogit 2"},
      {"its name", [](Model& m) { m.Out("y", m.Logits(1)); }, {{"y"}, {}}, "y BinaryLogit 2"},
      {"its sigmoid beside it",
       [](Model& m) {
         const ValueId x = m.Logits(1);
         m.Out("p", m.Sigmoid(x));
         m.Out("x", x);
       },
       {},
       "x BinaryLogit 2 | p"},
      {"three labels", [](Model& m) { m.Out("y", m.Sigmoid(m.Logits(1))); }, {{}, {3}}, "refused 2"},
      {"a score beside heads of two classes",
       [](Model& m) {
         m.Out("score", m.Logits(1));
         m.Out("y", m.Logits(2));
       },
       {{}, {2}},
       "y Logits 2 | score"},
  });
}

TEST_CASE("what is no classifier's end is no exit") {
  Check({
      {"several sigmoids", [](Model& m) { m.Out("y", m.Sigmoid(m.Logits())); }, {}, " | y"},
      {"several sigmoids, named", [](Model& m) { m.Out("y", m.Sigmoid(m.Logits())); }, {{"y"}, {}}, "refused 2"},
      {"several sigmoids, labels", [](Model& m) { m.Out("y", m.Sigmoid(m.Logits())); }, {{}, {5}}, "refused 2"},
      {"logits of several sigmoids",
       [](Model& m) {
         const ValueId x = m.Logits();
         m.Out("x", x);
         m.Out("p", m.Sigmoid(x));
       },
       {},
       " | x, p"},
      {"values of TopK",
       [](Model& m) {
         plan::TopKT top;
         top.axis = 1;
         top.largest = true;
         plan::OpUnion op;
         op.Set(std::move(top));
         auto node = m.graph.AppendNode(std::move(op), {m.Logits()}, "top", ValueType{DType::F32, {1, 3}});
         REQUIRE(node.ok());
         m.Out("values", (*node)->outputs[0]);
         m.Out("indices", (*node)->outputs[1]);
       },
       {},
       " | values, indices"},
      {"a normalised embedding beside logits",
       [](Model& m) {
         const ValueId x = m.Logits(7);
         m.Out("emb", m.Binary(BinaryFn::Div, x, m.Add(ops::Reduce(plan::ReduceFn::L2, {1}, true), {x})));
         m.Out("y", m.Logits());
       },
       {},
       "y Logits 5 | emb"},
      {"the class token behind the last norm beside logits",
       [](Model& m) {
         const ValueId tokens = m.Add(ops::LayerNorm(1e-5f), {m.Reshape(m.features, {1, 2, 3}), m.Weight({3})});
         const ValueId token = m.Reshape(m.Slice(tokens, {0, 0, 0}, {1, 1, 3}), {1, 3});
         m.Out("emb", token);
         m.Out("y", m.Linear(token, 5));
       },
       {},
       "y Logits 5 | emb"},
      {"features with tokens and maps beside logits",
       [](Model& m) {
         m.Out("tokens", m.Reshape(m.features, {1, 2, 3}));
         m.Out("map", m.Reshape(m.features, {1, 1, 2, 3}));
         m.Out("y", m.Logits());
       },
       {},
       "y Logits 5 | tokens, map"},
      {"a class index beside logits",
       [](Model& m) {
         const ValueId x = m.Logits();
         plan::ArgReduceT arg;
         arg.max = true;
         arg.axis = 1;
         m.Out("y", x);
         m.Out("class", m.Add(std::move(arg), {x}));
       },
       {},
       "y Logits 5 | class"},
  });
}

TEST_CASE("outputs of several class counts are told apart by labels or names, and refused without") {
  const auto embedding = [](Model& m) {
    m.Out("emb", m.Logits(7));
    m.Out("y", m.Logits());
  };
  const auto attention = [](Model& m) {
    m.Out("attention", m.Softmax(m.Logits(7)));
    m.Out("y", m.Softmax(m.Logits()));
  };
  Check({
      {"embedding", embedding, {}, "refused 5"},
      {"embedding, labels", embedding, {{}, {5}}, "y Logits 5 | emb"},
      {"embedding, other labels", embedding, {{}, {3}}, "refused 2"},
      {"embedding, a name", embedding, {{"y"}, {}}, "y Logits 5 | emb"},
      {"attention weights", attention, {}, "refused 5"},
      {"attention weights, labels", attention, {{}, {5}}, "y Probabilities 5 | attention"},
      {"a name that is none", embedding, {{"z"}, {}}, "refused 2"},
      {"a name twice", embedding, {{"y", "y"}, {}}, "refused 2"},
      {"names keep their order",
       [](Model& m) {
         m.Out("a", m.Logits());
         m.Out("b", m.Linear(m.Linear(m.features, 9), 5));
       },
       {{"b", "a"}, {5}},
       "b Logits 5, a Logits 5"},
      {"no batch axis", [](Model& m) { m.Out("y", m.Reshape(m.Logits(), {5})); }, {}, " | y"},
      {"no batch axis, a name", [](Model& m) { m.Out("y", m.Reshape(m.Logits(), {5})); }, {{"y"}, {}}, "y Logits 5"},
  });
}

std::string Order(Model& m) {
  auto choice = ChooseExits(m.graph, {});
  REQUIRE_MESSAGE(choice.ok(), choice.status().ToString());
  OrderExits(m.graph, &*choice);
  std::string text;
  for (const GraphExit& exit : choice->exits) text += (text.empty() ? "" : " ") + exit.name;
  return text;
}

TEST_CASE("an exit that needs less is tried first, whatever the outputs' order is") {
  Model reversed;  // heads computed with their blocks, listed from the last
  std::vector<ValueId> heads;
  for (ValueId x = reversed.features; heads.size() < 3; x = reversed.Linear(x, 6))
    heads.push_back(reversed.Linear(x, 5));
  for (size_t i : {2, 1, 0}) reversed.Out(i == 0 ? "early" : i == 1 ? "mid" : "final", heads[i]);
  CHECK(Order(reversed) == "early mid final");

  Model at_the_end;  // all blocks, then the heads from the last to the first
  std::vector<ValueId> blocks = {at_the_end.features};
  while (blocks.size() < 3) blocks.push_back(at_the_end.Linear(blocks.back(), 40));
  for (size_t i : {2, 1, 0})
    at_the_end.Out(i == 0 ? "early" : i == 1 ? "mid" : "final", at_the_end.Linear(blocks[i], 5));
  CHECK(Order(at_the_end) == "early mid final");

  Model norms;  // the same with a norm in every head
  blocks = {norms.features};
  while (blocks.size() < 3) blocks.push_back(norms.Linear(blocks.back(), 6));
  for (size_t i : {2, 1, 0}) {
    const ValueId normed = norms.Add(ops::LayerNorm(1e-5f), {blocks[i], norms.Weight({6})});
    norms.Out(i == 0 ? "early" : i == 1 ? "mid" : "final", norms.Linear(normed, 5));
  }
  CHECK(Order(norms) == "early mid final");

  Model ensemble;  // an exit that is made of the others
  const ValueId a = ensemble.Logits(), b = ensemble.Logits();
  ensemble.Out("both", ensemble.Sum(a, b));
  ensemble.Out("b", b);
  ensemble.Out("a", a);
  CHECK(Order(ensemble) == "a b both");

  Model branches;  // of the same work: the one that is computed first
  const ValueId first = branches.Linear(branches.Linear(branches.features, 6), 5);
  const ValueId second = branches.Linear(branches.Linear(branches.features, 6), 5);
  branches.Out("second", second);
  branches.Out("first", first);
  CHECK(Order(branches) == "first second");

  Model split;  // one head cut in two
  const ValueId whole = split.Logits(10);
  const ValueId left = split.Slice(whole, {0, 0}, {1, 5}), right = split.Slice(whole, {0, 5}, {1, 5});
  split.Out("right", right);
  split.Out("left", left);
  CHECK(Order(split) == "left right");
}

}  // namespace
}  // namespace vitrt::convert::test
