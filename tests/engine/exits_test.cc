// The exit contract (design section 3) on a plan whose exits say exactly what the test puts into the input: exit k's
// logits are columns [4k, 4k + 4) of the image.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/plan/test_plan.h"
#include "vitrt/vitrt.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/exits");

namespace {

constexpr int kClasses = 4, kExits = 3, kColumns = kClasses * kExits;
const float kNaN = std::nanf("");

// Defaults of the plan: thresholds 0.9, 0.9.
Engine ThreeExits(AlignedBuffer* file) {
  test::TestPlan plan;
  plan.tables.max_batch = 8;
  const int input = plan.Activation({1, 1, 1, kColumns});
  plan.tables.input = static_cast<uint32_t>(input);
  const char* names[] = {"first", "second", "last"};
  for (int k = 0; k < kExits; ++k) {
    const int cut = plan.Activation({1, 1, 1, kClasses});
    plan::SliceT slice;
    slice.starts = {0, 0, 0, kClasses * k};
    slice.steps = {1, 1, 1, 1};
    plan.Step(slice, {input}, cut, "cut", 1);
    const bool last = k + 1 == kExits;
    plan.EndSegment(names[k], plan.View(cut, {1, kClasses}), 0.9f,
                    last ? std::vector<int32_t>{} : std::vector<int32_t>{input});
  }
  *file = plan.File();
  auto engine = Engine::FromMemory(file->span());
  REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
  return *engine;
}

// Logits with probability p for class `label`.
std::vector<float> Confident(int label, double p) {
  std::vector<float> v(kClasses, 0.0f);
  v[label] = static_cast<float>(std::log(p / ((1 - p) / (kClasses - 1))));
  return v;
}

std::vector<float> Image(const std::vector<float>& a, const std::vector<float>& b, const std::vector<float>& c) {
  std::vector<float> v = a;
  v.insert(v.end(), b.begin(), b.end());
  v.insert(v.end(), c.begin(), c.end());
  return v;
}

RunOptions Thresholds(float first, float second) {
  RunOptions o;
  o.thresholds = {first, second};
  return o;
}

}  // namespace

TEST_CASE("the first exit that is confident enough answers") {
  AlignedBuffer file;
  const Engine engine = ThreeExits(&file);
  auto session = Session::Create(engine, {.threads = 1});
  REQUIRE(session.ok());
  const auto typical = Image(Confident(0, 0.6), Confident(1, 0.95), Confident(2, 0.5));
  const auto broken = Image({1, kNaN, 0, 0}, Confident(1, 0.5), Confident(2, 0.7));
  const auto broken_last = Image(Confident(0, 0.3), Confident(1, 0.5), {kNaN, 0, 1, 0});
  const auto infinite_last =
      Image(Confident(0, 0.3), Confident(1, 0.5), {std::numeric_limits<float>::infinity(), 0, 1, 0});
  const auto all_broken = Image(Confident(0, 0.3), Confident(1, 0.5), {kNaN, kNaN, kNaN, kNaN});
  constexpr uint32_t kUndecided = Prediction::kNonFinite | Prediction::kNoDecision;
  RunOptions disabled, forced, forced_broken, forced_disabled, margin, entropy, all;
  disabled.enabled = {std::nullopt, false};
  forced.force_exit = 2;
  forced_broken.force_exit = 0;
  forced_disabled.force_exit = 0;
  forced_disabled.enabled = {false};
  margin.policy = ExitPolicy::kMargin;
  margin.thresholds = {0.46f, 2.0f};  // 0.6 - 0.4/3 = 0.4667
  entropy.policy = ExitPolicy::kEntropy;
  entropy.thresholds = {0.19f, 2.0f};  // 0.1974
  all.all_exits = true;

  struct Case {
    const char* title;
    const std::vector<float>* image;
    RunOptions options;
    int exit, label;
    uint32_t flags;
  };
  const Case cases[] = {
      {"the plan's thresholds", &typical, {}, 1, 1, 0},
      {"a lower threshold leaves earlier", &typical, Thresholds(0.5f, 0.9f), 0, 0, 0},
      {"above one never", &typical, Thresholds(1.5f, 1.5f), 2, 2, 0},
      {"at or below zero always", &typical, Thresholds(0.0f, 2.0f), 0, 0, 0},
      {"a disabled exit is passed", &typical, disabled, 2, 2, 0},
      {"the last exit can be forced", &typical, forced, 2, 2, 0},
      {"a disabled exit can be forced", &typical, forced_disabled, 0, 0, 0},
      {"margin", &typical, margin, 0, 0, 0},
      {"entropy", &typical, entropy, 0, 0, 0},
      {"all exits: the policy still decides", &typical, all, 1, 1, 0},
      {"NaN is never confident, even at threshold 0", &broken, Thresholds(0.0f, 2.0f), 2, 2, Prediction::kNonFinite},
      {"NaN at the last exit: no decision", &broken_last, {}, 2, -1, kUndecided},
      {"one infinity at the last exit: no decision", &infinite_last, {}, 2, -1, kUndecided},
      {"every logit NaN: no decision", &all_broken, {}, 2, -1, kUndecided},
      {"an exit that is forced to decide", &broken, forced_broken, 0, -1, kUndecided},
      {"sound early exits answer before a broken last one", &broken_last, Thresholds(0.2f, 0.9f), 0, 0, 0},
  };
  for (const Case& c : cases) {
    INFO(c.title);
    const auto predictions = session->RunTensor(*c.image, 1, c.options);
    REQUIRE(predictions.ok());
    const Prediction& p = predictions->front();
    CHECK(p.exit == c.exit);
    CHECK(p.label == c.label);
    CHECK(p.flags == c.flags);
    REQUIRE(p.logits.size() == kClasses);
    for (int i = 0; i < kClasses; ++i) {
      const float want = (*c.image)[kClasses * c.exit + i];
      CHECK((std::isnan(want) ? std::isnan(p.logits[i]) : p.logits[i] == want));
      if (c.label < 0) CHECK(p.probabilities[i] == 0);
    }
  }
}

TEST_CASE("a batch of mixed exits gives each image what it gets alone") {
  AlignedBuffer file;
  const Engine engine = ThreeExits(&file);
  auto batch = Session::Create(engine, {.threads = 1, .max_batch = 8});
  auto single = Session::Create(engine, {.threads = 1});
  REQUIRE(batch.ok());
  REQUIRE(single.ok());
  std::vector<float> images;
  for (int i = 0; i < 8; ++i) {
    const auto image = Image(Confident(i % 4, i % 3 == 0 ? 0.95 : 0.5), Confident((i + 1) % 4, i % 3 == 1 ? 0.97 : 0.6),
                             Confident((i + 2) % 4, 0.4 + 0.05 * i));
    images.insert(images.end(), image.begin(), image.end());
  }
  const auto predictions = batch->RunTensor(images, 8);
  REQUIRE(predictions.ok());
  for (int i = 0; i < 8; ++i) {
    const auto alone = single->RunTensor(std::span(images).subspan(i * kColumns, kColumns), 1);
    REQUIRE(alone.ok());
    const Prediction &a = (*predictions)[i], &b = alone->front();
    INFO("image " << i);
    CHECK(a.exit == i % 3);
    CHECK(a.exit == b.exit);
    CHECK(a.label == b.label);
    CHECK(a.confidence == b.confidence);
    CHECK(std::equal(a.logits.begin(), a.logits.end(), b.logits.begin(), b.logits.end()));
  }
  CHECK(batch->ExitLogits(0).size() == 8 * kClasses);
  CHECK(batch->ExitLogits(2).empty());  // not every image came that far
  RunOptions all;
  all.all_exits = true;
  REQUIRE(batch->RunTensor(images, 8, all).ok());
  const auto last = batch->ExitLogits(2);
  REQUIRE(last.size() == 8 * kClasses);
  for (int i = 0; i < 8; ++i) CHECK(last[i * kClasses] == images[i * kColumns + 2 * kClasses]);
}

TEST_CASE("a deadline that has passed takes the deepest exit so far, never none") {
  AlignedBuffer file;
  const Engine engine = ThreeExits(&file);
  auto session = Session::Create(engine, {.threads = 1});
  REQUIRE(session.ok());
  const auto image = Image(Confident(3, 0.5), Confident(1, 0.5), Confident(2, 0.5));
  RunOptions tight;
  tight.deadline_ms = 1e-9;
  auto predictions = session->RunTensor(image, 1, tight);
  REQUIRE(predictions.ok());
  CHECK(predictions->front().exit == 0);
  CHECK(predictions->front().label == 3);
  CHECK(predictions->front().flags == Prediction::kDeadline);
  tight.enabled = {false};  // the first exit is off: the run goes on to the next
  predictions = session->RunTensor(image, 1, tight);
  REQUIRE(predictions.ok());
  CHECK(predictions->front().exit == 1);
  RunOptions generous;
  generous.deadline_ms = 1e6;
  predictions = session->RunTensor(image, 1, generous);
  REQUIRE(predictions.ok());
  CHECK(predictions->front().exit == 2);
  CHECK(predictions->front().flags == 0);
}

TEST_CASE("options that make no sense are refused") {
  AlignedBuffer file;
  const Engine engine = ThreeExits(&file);
  auto session = Session::Create(engine, {.threads = 1});
  REQUIRE(session.ok());
  const auto image = Image(Confident(0, 0.6), Confident(1, 0.95), Confident(2, 0.5));
  RunOptions too_many, nan, no_such, deadline, forced_in_time;
  too_many.thresholds = {0.5f, 0.5f, 0.5f, 0.5f};
  nan.thresholds = {kNaN};
  no_such.force_exit = 3;
  deadline.deadline_ms = 0;
  forced_in_time.deadline_ms = 5;
  forced_in_time.force_exit = 2;
  for (const RunOptions& o : {too_many, nan, no_such, deadline, forced_in_time}) {
    const auto predictions = session->RunTensor(image, 1, o);
    CHECK(!predictions.ok());
    CHECK(predictions.status().code() == StatusCode::kInvalidArgument);
  }
  CHECK(session->RunTensor(std::span(image).first(5), 1).status().code() == StatusCode::kBadInput);
  CHECK(session->RunTensor(image, 2).status().code() == StatusCode::kInvalidArgument);
  CHECK(session->RunFile({}).status().code() == StatusCode::kBadInput);
  CHECK(Session::Create(engine, {.max_batch = 9}).status().code() == StatusCode::kInvalidArgument);
}

TEST_SUITE_END();
