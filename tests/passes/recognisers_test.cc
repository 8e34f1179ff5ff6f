// FuseLayerNorm, FuseGelu, FuseActivations: every tree that exporters write, and near misses.
#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

struct Case {
  const char* name;
  std::function<void(Builder&)> build;
  int matches = 1;
};

// Pieces of a normalisation over `axis`.
struct Norm {
  Builder& b;
  int32_t axis = -1;
  ValueId Mean(ValueId x) {
    return b.Mean(x, {axis < 0 ? static_cast<int32_t>(b.graph.value(x).shape.size()) - 1 : axis}, true);
  }
  ValueId Centre(ValueId x) { return b.Binary(BinaryFn::Sub, x, Mean(x)); }
  ValueId Variance(ValueId d, bool pow, bool epsilon_first) {
    const ValueId mean = Mean(pow ? b.Binary(BinaryFn::Pow, d, b.Scalar(2)) : b.Binary(BinaryFn::Mul, d, d));
    return epsilon_first ? b.Binary(BinaryFn::Add, b.Scalar(1e-3f), mean)
                         : b.Binary(BinaryFn::Add, mean, b.Scalar(1e-3f));
  }
};

TEST_CASE("LayerNorm and RMSNorm are found in every decomposition") {
  const Case cases[] = {
      {"TorchScript",
       [](Builder& b) {
         Norm n{b};
         const ValueId d = n.Centre(b.input()),
                       y = b.Binary(BinaryFn::Div, d, b.Unary(UnaryFn::Sqrt, n.Variance(d, true, false)));
         b.Binary(BinaryFn::Add, b.Binary(BinaryFn::Mul, y, b.Weight({6})), b.Weight({6}));
       }},
      {"mean subtracted twice, constants first",
       [](Builder& b) {
         Norm n{b};
         const ValueId mean = n.Mean(b.input());
         const ValueId d = b.Binary(BinaryFn::Sub, b.input(), mean), e = b.Binary(BinaryFn::Sub, b.input(), mean);
         const ValueId y = b.Binary(BinaryFn::Div, d, b.Unary(UnaryFn::Sqrt, n.Variance(e, false, true)));
         b.Binary(BinaryFn::Add, b.Weight({6}), b.Binary(BinaryFn::Mul, b.Weight({1, 1, 6}), y));
       }},
      {"times reciprocal root",
       [](Builder& b) {
         Norm n{b};
         const ValueId d = n.Centre(b.input());
         b.Binary(BinaryFn::Mul, b.Unary(UnaryFn::Reciprocal, b.Unary(UnaryFn::Sqrt, n.Variance(d, false, false))), d);
       }},
      {"times one over root",
       [](Builder& b) {
         Norm n{b};
         const ValueId d = n.Centre(b.input());
         b.Binary(BinaryFn::Mul, d,
                  b.Binary(BinaryFn::Div, b.Scalar(1), b.Unary(UnaryFn::Sqrt, n.Variance(d, true, false))));
       }},
      {"power -0.5",
       [](Builder& b) {
         Norm n{b};
         const ValueId d = n.Centre(b.input());
         b.Binary(BinaryFn::Mul, d, b.Binary(BinaryFn::Pow, n.Variance(d, true, false), b.Scalar(-0.5f)));
       }},
      {"RMSNorm",
       [](Builder& b) {
         Norm n{b};
         const ValueId y =
             b.Binary(BinaryFn::Div, b.input(), b.Unary(UnaryFn::Sqrt, n.Variance(b.input(), true, false)));
         b.Binary(BinaryFn::Mul, y, b.Weight({6}));
       }},
      {"over channels of a map",
       [](Builder& b) {
         Norm n{b, 1};
         const ValueId d = n.Centre(b.input());
         b.Binary(BinaryFn::Div, d, b.Unary(UnaryFn::Sqrt, n.Variance(d, true, false)));
       }},
      {"divided by something else",
       [](Builder& b) {
         Norm n{b};
         const ValueId d = n.Centre(b.input());
         b.Binary(BinaryFn::Div, b.Unary(UnaryFn::Relu, d), b.Unary(UnaryFn::Sqrt, n.Variance(d, true, false)));
       },
       0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, {1, 4, 6}, {FuseLayerNorm});
    CHECK_MESSAGE(Count(graph, plan::Op::LayerNorm) == c.matches, ToText(graph));
    if (c.matches == 1) CHECK(Count(graph, plan::Op::Binary) == 0);
  }
}

constexpr float kRootHalf = 0.70710678f, kRootTwo = 1.41421356f, kTanhScale = 0.79788456f, kCubic = 0.044715f;

ValueId OnePlusErf(Builder& b, ValueId x) {
  return b.Binary(BinaryFn::Add, b.Unary(UnaryFn::Erf, b.Binary(BinaryFn::Div, x, b.Scalar(kRootTwo))), b.Scalar(1));
}

TEST_CASE("GELU is found in every tree") {
  const Case cases[] = {
      {"x (1 + erf) 0.5",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Mul, b.input(), OnePlusErf(b, b.input())), b.Scalar(0.5f));
       }},
      {"x (0.5 (1 + erf))",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul, b.input(), b.Binary(BinaryFn::Mul, b.Scalar(0.5f), OnePlusErf(b, b.input())));
       }},
      {"(0.5 x) (1 + erf)",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Mul, b.input(), b.Scalar(0.5f)), OnePlusErf(b, b.input()));
       }},
      {"halved by division, argument times root half",
       [](Builder& b) {
         const ValueId e = b.Unary(UnaryFn::Erf, b.Binary(BinaryFn::Mul, b.Scalar(kRootHalf), b.input()));
         b.Binary(BinaryFn::Div, b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Add, b.Scalar(1), e), b.input()),
                  b.Scalar(2));
       }},
      {"x (0.5 erf + 0.5)",
       [](Builder& b) {
         const ValueId e = b.Unary(UnaryFn::Erf, b.Binary(BinaryFn::Mul, b.input(), b.Scalar(kRootHalf)));
         b.Binary(BinaryFn::Mul, b.input(),
                  b.Binary(BinaryFn::Add, b.Binary(BinaryFn::Mul, e, b.Scalar(0.5f)), b.Scalar(0.5f)));
       }},
      {"tanh, cube by products",
       [](Builder& b) {
         const ValueId x = b.input(), cube = b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Mul, x, x), x);
         const ValueId u = b.Binary(BinaryFn::Mul, b.Scalar(kTanhScale),
                                    b.Binary(BinaryFn::Add, x, b.Binary(BinaryFn::Mul, b.Scalar(kCubic), cube)));
         b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Mul, b.Scalar(0.5f), x),
                  b.Binary(BinaryFn::Add, b.Unary(UnaryFn::Tanh, u), b.Scalar(1)));
       }},
      {"tanh, cube by power, factored",
       [](Builder& b) {
         const ValueId x = b.input();
         const ValueId inner =
             b.Binary(BinaryFn::Add, b.Scalar(1),
                      b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Pow, x, b.Scalar(2)), b.Scalar(kCubic)));
         const ValueId u = b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Mul, x, b.Scalar(kTanhScale)), inner);
         b.Binary(
             BinaryFn::Mul, x,
             b.Binary(BinaryFn::Mul, b.Scalar(0.5f), b.Binary(BinaryFn::Add, b.Scalar(1), b.Unary(UnaryFn::Tanh, u))));
       }},
      {"erf of something else",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Mul, b.Unary(UnaryFn::Relu, b.input()), OnePlusErf(b, b.input())),
                  b.Scalar(0.5f));
       },
       0},
      {"erf of 2x",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul,
                  b.Binary(BinaryFn::Mul, b.input(), OnePlusErf(b, b.Binary(BinaryFn::Mul, b.input(), b.Scalar(2)))),
                  b.Scalar(0.5f));
       },
       0},
      {"erf read elsewhere, too",
       [](Builder& b) {
         const ValueId e = OnePlusErf(b, b.input());
         b.Output(b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Mul, b.input(), e), b.Scalar(0.5f)));
         b.Output(e);
       },
       0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, {3, 7}, {FuseGelu});
    CHECK_MESSAGE((graph.nodes.size() == 1) == (c.matches == 1), ToText(graph));
  }
}

TEST_CASE("hard and smooth gates are found in pieces") {
  const auto clip3 = [](Builder& b) {
    return b.Unary(UnaryFn::Clip, b.Binary(BinaryFn::Add, b.input(), b.Scalar(3)), 0, 6);
  };
  const Case cases[] = {
      {"x clip(x + 3, 0, 6) / 6",
       [&](Builder& b) { b.Binary(BinaryFn::Div, b.Binary(BinaryFn::Mul, b.input(), clip3(b)), b.Scalar(6)); }},
      {"x (clip(x + 3, 0, 6) / 6)",
       [&](Builder& b) { b.Binary(BinaryFn::Mul, b.input(), b.Binary(BinaryFn::Div, clip3(b), b.Scalar(6))); }},
      {"x hard_sigmoid(x)",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul, b.Unary(UnaryFn::HardSigmoid, b.input(), 1.0f / 6, 0.5f), b.input());
       }},
      {"hard sigmoid alone", [&](Builder& b) { b.Binary(BinaryFn::Mul, clip3(b), b.Scalar(1.0f / 6)); }},
      {"SiLU", [](Builder& b) { b.Binary(BinaryFn::Mul, b.input(), b.Unary(UnaryFn::Sigmoid, b.input())); }},
      {"QuickGELU",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul, b.Unary(UnaryFn::Sigmoid, b.Binary(BinaryFn::Mul, b.Scalar(1.702f), b.input())),
                  b.input());
       }},
      {"min of max",
       [](Builder& b) { b.Binary(BinaryFn::Min, b.Binary(BinaryFn::Max, b.input(), b.Scalar(-1)), b.Scalar(1)); }},
      {"hard sigmoid of another slope times x",
       [](Builder& b) { b.Binary(BinaryFn::Mul, b.Unary(UnaryFn::HardSigmoid, b.input(), 0.2f, 0.5f), b.input()); }, 0},
      {"gate of another value",
       [](Builder& b) {
         b.Binary(BinaryFn::Mul, b.input(), b.Unary(UnaryFn::Sigmoid, b.Unary(UnaryFn::Relu, b.input())));
       },
       0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, {3, 50}, {FuseActivations});
    CHECK_MESSAGE((graph.nodes.size() == 1) == (c.matches == 1), ToText(graph));
  }
}

}  // namespace
}  // namespace vitrt::convert::test
