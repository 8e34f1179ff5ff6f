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
  return Decide(policy, ExitMeaning::kLogits, logits, p == nullptr ? own : *p);
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

TEST_CASE("the geometric mean is of the finite exits tried so far, and of this exit's class") {
  std::vector<float> log_sum(3, 77.0f), p(3);
  ExitHistory history{log_sum, 0};
  const auto decide = [&](const std::vector<float>& logits) {
    return Decide(ExitPolicy::kGeometricMean, ExitMeaning::kLogits, logits, p, &history);
  };
  const float half = std::log(2.0f);
  CHECK(decide({half, 0, 0}).confidence == doctest::Approx(0.5));  // p = 1/2, 1/4, 1/4: alone, as max-prob
  CHECK(history.exits == 1);
  CHECK(!decide({kNaN, 0, 0}).finite);
  CHECK(history.exits == 1);
  // p = 1/8, 3/4, 1/8 now: geometric means 1/4, sqrt(3/16), sqrt(1/32).
  const ExitDecision d = decide({0, std::log(6.0f), 0});
  CHECK(d.label == 1);
  const double b = std::sqrt(3.0 / 16), c = std::sqrt(1.0 / 32);
  CHECK(d.confidence == doctest::Approx(b / (0.25 + b + c)));
  CHECK(d.probability == doctest::Approx(0.75));
  CHECK(history.exits == 2);
  CHECK(DecideOn(ExitPolicy::kGeometricMean, {half, 0, 0}).confidence == doctest::Approx(0.5));
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
    CHECK(!ReachesThreshold(d, 0.0f));
    CHECK(!ReachesThreshold(d, -1.0f));
    CHECK(d.label == -1);
    CHECK(d.probability == 0);
    CHECK(d.confidence == 0);
  }
}

TEST_CASE("what an exit's output means decides what its probabilities are") {
  using enum ExitMeaning;
  struct Case {
    const char* title;
    ExitMeaning meaning;
    std::vector<float> output, logits;
    int label;
    double probability, margin;
  };
  const double s = 1 / (1 + std::exp(-1.5));
  const Case cases[] = {
      {"probabilities are not put through softmax again",
       kProbabilities,
       {0.05f, 0.9f, 0.05f},
       {0.05f, 0.9f, 0.05f},
       1,
       0.9,
       0.85},
      {"rounding takes no probability past 1", kProbabilities, {0, 1.0000001f}, {0, 1.0000001f}, 1, 1, 1},
      {"a positive number is class 1", kBinaryLogit, {1.5f}, {0, 1.5f}, 1, s, 2 * s - 1},
      {"a negative number is class 0", kBinaryLogit, {-1.5f}, {0, -1.5f}, 0, s, 2 * s - 1},
      {"a low probability is class 0", kBinaryProbability, {0.25f}, {0.75f, 0.25f}, 0, 0.75, 0.5},
      {"a high probability is class 1", kBinaryProbability, {0.75f}, {0.25f, 0.75f}, 1, 0.75, 0.5},
  };
  for (const Case& c : cases) {
    INFO(c.title);
    std::vector<float> logits(c.logits.size()), p(c.logits.size());
    ToLogits(c.meaning, c.output, logits);
    CHECK(logits == c.logits);
    const ExitDecision d = Decide(ExitPolicy::kMaxProb, c.meaning, logits, p);
    CHECK(d.label == c.label);
    CHECK(d.probability == doctest::Approx(c.probability).epsilon(1e-6));
    CHECK(d.confidence == d.probability);
    CHECK(Decide(ExitPolicy::kMargin, c.meaning, logits, p).confidence == doctest::Approx(c.margin).epsilon(1e-6));
  }
  std::vector<float> logits(2), p(2);
  ToLogits(kBinaryProbability, std::vector<float>{kNaN}, logits);
  CHECK(!Decide(ExitPolicy::kMaxProb, kBinaryProbability, logits, p).finite);
}

TEST_CASE("an exit answers at exactly its threshold") {
  const ExitDecision d = DecideOn(ExitPolicy::kMaxProb, {0, 1, 0.5f});
  CHECK(ReachesThreshold(d, d.confidence));
  CHECK(!ReachesThreshold(d, std::nextafter(d.confidence, 2.0f)));
  CHECK(ReachesThreshold(d, 0.0f));
  CHECK(ReachesThreshold(d, -5.0f));
  CHECK(!ReachesThreshold(d, 1.0001f));
}

TEST_SUITE_END();
