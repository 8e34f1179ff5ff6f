// A batch of 32 whose images leave at four exits, over real kernels: each image gets the very bits that it gets alone,
// whatever the policy, the thresholds, the tier and the threads; and no prediction is ever without an exit.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "runtime/base/isa.h"
#include "tests/plan/test_plan.h"
#include "vitrt/vitrt.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/mixed_exits");

namespace {

constexpr int kExits = 4, kImages = 32, kClasses = 5, kChannels = 24, kTokens = 16;
constexpr int64_t kPixels = 3 * 8 * 8;

// Four blocks of LayerNorm, attention and a linear layer with GELU over 16 tokens; after each a classifier of the mean
// token, which adds the logits of the exit before: what Dyn-Perceiver carries from segment to segment.
AlignedBuffer FourExits() {
  test::TestPlan p;
  p.tables.max_batch = kImages;
  const int image = p.Activation({1, 8, 8, 3}, plan::DType::F32, "image");
  p.tables.input = static_cast<uint32_t>(image);
  uint32_t seed = 1;
  const auto weights = [&](int64_t rows, int64_t columns, float scale) {
    return p.Panels({rows, columns}, test::Noise(seed++, rows * columns, scale));
  };
  plan::Conv2dT conv;
  conv.kernel = {3, 3};
  conv.strides = {2, 2};
  conv.dilations = {1, 1};
  conv.pads = {1, 1, 1, 1};
  const int map = p.Step(conv, {image, p.Panels({3, 3, 3, kChannels}, test::Noise(seed++, 27 * kChannels, 0.5f)), -1},
                         p.Activation({1, 4, 4, kChannels}), "stem", 1);
  int tokens = p.View(map, {1, kTokens, kChannels}), logits = -1;
  for (int k = 0; k < kExits; ++k) {
    plan::LayerNormT norm;
    norm.epsilon = 1e-5f;
    const int normed = p.Step(norm,
                              {tokens, p.Constant({kChannels}, test::Noise(seed++, kChannels)),
                               p.Constant({kChannels}, test::Noise(seed++, kChannels))},
                              p.Activation({1, kTokens, kChannels}), "norm", 1);
    const int qkv = p.Step(plan::LinearT{}, {normed, weights(kChannels, 3 * kChannels, 0.5f), -1, -1, -1},
                           p.Activation({1, kTokens, 3 * kChannels}), "qkv", 1);
    plan::AttentionT attention;
    attention.heads = 3;
    attention.head_dim = attention.value_dim = attention.q_head_stride = attention.k_head_stride =
        attention.v_head_stride = kChannels / 3;
    attention.k_column = kChannels;
    attention.v_column = 2 * kChannels;
    attention.scale = 0.35355339f;
    const int attended = p.Step(attention, {qkv, qkv, qkv}, p.Activation({1, kTokens, kChannels}), "attention", 1);
    plan::LinearT gelu;
    gelu.act = std::make_unique<plan::Activation>(plan::UnaryFn::GeluErf, 0.0f, 0.0f);
    tokens = p.Step(gelu, {attended, weights(kChannels, kChannels, 0.5f), -1, -1, tokens},
                    p.Activation({1, kTokens, kChannels}), "mix", 1);
    plan::ReduceT mean;
    mean.fn = plan::ReduceFn::Mean;
    mean.axes = {1};
    const int pooled = p.Step(mean, {tokens}, p.Activation({1, kChannels}), "pool", 1);
    logits = p.Step(plan::LinearT{}, {pooled, weights(kChannels, kClasses, 1.0f), -1, -1, logits},
                    p.Activation({1, kClasses}), "classify", 1);
    p.EndSegment("exit" + std::to_string(k), logits, 2.0f,
                 k + 1 == kExits ? std::vector<int32_t>{} : std::vector<int32_t>{tokens, logits});
  }
  return p.File();
}

std::vector<float> Images() {
  std::vector<float> images;
  for (int i = 0; i < kImages; ++i) {
    const auto image = test::Noise(static_cast<uint32_t>(1000 + i), kPixels, 0.2f + 0.1f * static_cast<float>(i));
    images.insert(images.end(), image.begin(), image.end());
  }
  return images;
}

// Confidences of every exit, [exits][images].
std::vector<std::vector<float>> Confidences(Session* single, const std::vector<float>& images, ExitPolicy policy) {
  std::vector<std::vector<float>> all(kExits);
  for (int k = 0; k < kExits; ++k) {
    for (int i = 0; i < kImages; ++i) {
      RunOptions o;
      o.policy = policy;
      o.force_exit = k;
      const auto p = single->RunTensor(std::span(images).subspan(i * kPixels, kPixels), 1, o);
      REQUIRE(p.ok());
      all[k].push_back(p->front().confidence);
    }
  }
  return all;
}

// The value that `share` of the images reach.
float Reached(std::vector<float> values, double share) {
  std::sort(values.begin(), values.end(), std::greater<float>());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

struct Mix {
  const char* title;
  double share[kExits - 1];  // of all images that reach the threshold
  int disabled;              // an exit, or -1
};
constexpr Mix kMixes[] = {{"a quarter at each exit", {0.25, 0.33, 0.5}, -1},
                          {"one image at the first exit", {0, 0.5, 0.5}, -1},
                          {"all but a few at the first exit", {0.9, 0.1, 0.1}, -1},
                          {"the second exit disabled", {0.3, 0.9, 0.4}, 1},
                          {"every image goes to the end", {-1, -1, -1}, -1}};

RunOptions OptionsFor(const Mix& mix, ExitPolicy policy, const std::vector<std::vector<float>>& confidences) {
  RunOptions o;
  o.policy = policy;
  for (int k = 0; k + 1 < kExits; ++k) {
    o.thresholds.push_back(mix.share[k] < 0 ? 2.0f : Reached(confidences[k], mix.share[k]));
    o.enabled.push_back(k != mix.disabled);
  }
  return o;
}

}  // namespace

TEST_CASE("in a batch of 32 mixed exits each image gets the bits that it gets alone") {
  const AlignedBuffer file = FourExits();
  const std::vector<float> images = Images();
  for (const Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) {
    auto engine = Engine::FromMemory(file.span(), {.max_isa = isa});
    REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
    if (engine->isa() != isa) break;  // this CPU ends below
    auto single = Session::Create(*engine, {.threads = 1});
    REQUIRE(single.ok());
    for (const int threads : {1, 2}) {
      auto batch = Session::Create(*engine, {.threads = threads, .max_batch = kImages});
      REQUIRE(batch.ok());
      for (const ExitPolicy policy : {ExitPolicy::kMaxProb, ExitPolicy::kMargin, ExitPolicy::kEntropy}) {
        const auto confidences = Confidences(&*single, images, policy);
        for (const Mix& mix : kMixes) {
          INFO(IsaName(isa) << ", " << threads << " threads, policy " << static_cast<int>(policy) << ": " << mix.title);
          const RunOptions o = OptionsFor(mix, policy, confidences);
          const auto predictions = batch->RunTensor(images, kImages, o);
          REQUIRE(predictions.ok());
          std::vector<int> taken(kExits, 0);
          for (int i = 0; i < kImages; ++i) {
            const auto alone = single->RunTensor(std::span(images).subspan(i * kPixels, kPixels), 1, o);
            REQUIRE(alone.ok());
            const Prediction &a = (*predictions)[i], &b = alone->front();
            ++taken[a.exit];
            const bool same = a.exit == b.exit && a.label == b.label && a.confidence == b.confidence &&
                              a.flags == b.flags && std::ranges::equal(a.logits, b.logits) &&
                              std::ranges::equal(a.probabilities, b.probabilities);
            CHECK_MESSAGE(same, "image " << i);
          }
          for (int k = 0; k < kExits; ++k) {
            if (&mix == &kMixes[0]) CHECK(taken[k] > 0);
            if (k == mix.disabled) CHECK(taken[k] == 0);
          }
        }
      }
    }
  }
}

TEST_CASE("with any deadline every image of a batch has the prediction of an exit that ran") {
  const AlignedBuffer file = FourExits();
  const std::vector<float> images = Images();
  auto engine = Engine::FromMemory(file.span());
  REQUIRE(engine.ok());
  auto session = Session::Create(*engine, {.threads = 1, .max_batch = kImages});
  auto single = Session::Create(*engine, {.threads = 1});
  REQUIRE(session.ok());
  REQUIRE(single.ok());
  const auto confidences = Confidences(&*single, images, ExitPolicy::kMaxProb);
  // The predictions of every exit, to compare with those of runs that the deadline ended.
  std::vector<std::vector<int>> labels(kExits);
  for (int k = 0; k < kExits; ++k) {
    RunOptions forced;
    forced.force_exit = k;
    const auto predictions = session->RunTensor(images, kImages, forced);
    REQUIRE(predictions.ok());
    for (const Prediction& p : *predictions) labels[k].push_back(p.label);
  }
  RunOptions o = OptionsFor(kMixes[0], ExitPolicy::kMaxProb, confidences);
  const std::vector<std::optional<float>> thresholds = o.thresholds;
  for (int run = 0; run < 1000; ++run) {
    const int n = 1 + run % kImages;
    o.deadline_ms = 1e-4 * (1 << run % 16);  // 0.1 us to 3 ms: before the first exit to after the last
    o.thresholds = run % 3 == 0 ? std::vector<std::optional<float>>(kExits - 1, 2.0f) : thresholds;
    const auto predictions = session->RunTensor(std::span(images).first(static_cast<size_t>(n * kPixels)), n, o);
    REQUIRE(predictions.ok());
    for (int i = 0; i < n; ++i) {
      const Prediction& p = (*predictions)[static_cast<size_t>(i)];
      REQUIRE(p.exit >= 0);
      REQUIRE(p.exit < kExits);
      REQUIRE(p.label == labels[p.exit][i]);
      REQUIRE(p.logits.size() == kClasses);
      // Only the last exit, or one that was confident, or the deadline, may end a run.
      const bool confident = p.exit + 1 < kExits && p.confidence >= *o.thresholds[p.exit];
      REQUIRE((p.exit + 1 == kExits || confident || p.flags == Prediction::kDeadline));
    }
  }
}

TEST_SUITE_END();
