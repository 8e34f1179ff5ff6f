#include "runtime/engine/exit_policy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/exit_policy");

namespace {
constexpr float kInf = std::numeric_limits<float>::infinity();
const float kNaN = std::nanf("");

ExitDecision DecideOn(ExitPolicy policy, const std::vector<float>& logits, std::vector<float>* p = nullptr) {
  std::vector<float> own(logits.size());
  return Decide(policy, logits, p == nullptr ? own : *p);
}
}  // namespace

TEST_CASE("confidences follow their definitions") {
  struct Case {
    const char* title;
    std::vector<float> logits;
    int label;
    double max_prob, margin, entropy;
  };
  const double e = std::exp(1.0);
  const Case cases[] = {
      {"equal logits", {2, 2, 2, 2}, 0, 0.25, 0, 0},
      {"one far ahead", {0, 100, 0}, 1, 1, 1, 1},
      {"two classes one apart",
       {0, 1},
       1,
       e / (1 + e),
       (e - 1) / (1 + e),
       1 + (e / (1 + e) * std::log(e / (1 + e)) + 1 / (1 + e) * std::log(1 / (1 + e))) / std::log(2.0)},
      {"large logits do not overflow",
       {1000, 999},
       0,
       e / (1 + e),
       (e - 1) / (1 + e),
       1 + (e / (1 + e) * std::log(e / (1 + e)) + 1 / (1 + e) * std::log(1 / (1 + e))) / std::log(2.0)},
      {"a single class", {-3}, 0, 1, 1, 1},
  };
  for (const Case& c : cases) {
    INFO(c.title);
    CHECK(DecideOn(ExitPolicy::kMaxProb, c.logits).label == c.label);
    CHECK(DecideOn(ExitPolicy::kMaxProb, c.logits).confidence == doctest::Approx(c.max_prob).epsilon(1e-6));
    CHECK(DecideOn(ExitPolicy::kMargin, c.logits).confidence == doctest::Approx(c.margin).epsilon(1e-6));
    CHECK(DecideOn(ExitPolicy::kEntropy, c.logits).confidence == doctest::Approx(c.entropy).epsilon(1e-6));
  }
}

TEST_CASE("probabilities are the softmax") {
  std::vector<float> p(3);
  DecideOn(ExitPolicy::kMaxProb, {1, 2, 3}, &p);
  CHECK(std::accumulate(p.begin(), p.end(), 0.0) == doctest::Approx(1));
  CHECK(p[2] / p[1] == doctest::Approx(std::exp(1.0)));
}

TEST_CASE("logits that are not finite are never confident") {
  for (const auto& logits : {std::vector<float>{1, kNaN, 3}, {1, kInf, 3}, {1, -kInf, 3}, {kNaN, kNaN, kNaN}}) {
    const ExitDecision d = DecideOn(ExitPolicy::kMaxProb, logits);
    CHECK(!d.finite);
    CHECK(!Answers(d, 0.0f));
    CHECK(!Answers(d, -1.0f));
    CHECK(d.label == -1);
    CHECK(d.probability == 0);
    CHECK(d.confidence == 0);
  }
}

TEST_CASE("an exit answers at exactly its threshold") {
  const ExitDecision d = DecideOn(ExitPolicy::kMaxProb, {0, 1, 0.5f});
  CHECK(Answers(d, d.confidence));
  CHECK(!Answers(d, std::nextafter(d.confidence, 2.0f)));
  CHECK(Answers(d, 0.0f));
  CHECK(Answers(d, -5.0f));
  CHECK(!Answers(d, 1.0001f));
}

TEST_SUITE_END();
