// The C interface gives what the C++ API gives, and says what went wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/plan/test_plan.h"
#include "vitrt/c.h"
#include "vitrt/session.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/c");

namespace {

constexpr int64_t kElements = 3 * 8 * 8;

// All defaults.
template <typename T>
T Sized() {
  T t = {};
  t.struct_size = sizeof(T);
  return t;
}

// A plan that takes images, and one session of each API on it.
struct Both {
  AlignedBuffer file;
  vitrt_engine* engine = nullptr;
  vitrt_session* session = nullptr;
  std::optional<Engine> cpp_engine;
  std::optional<Session> cpp;

  explicit Both(float threshold = 2.0f) {
    test::TestPlan plan = test::TwoExitPlan(threshold);
    plan.tables.labels = {"free", "crack", "hole", "stain", "dust"};
    plan.TakeImages(8, 8, 0.5f, 0.5f);
    file = plan.File();
    const vitrt_session_options options = {.struct_size = sizeof options, .threads = 1, .max_batch = 8, .pin = 0};
    REQUIRE(vitrt_engine_from_memory(file.data(), file.size(), nullptr, &engine) == VITRT_OK);
    REQUIRE(vitrt_session_create(engine, &options, &session) == VITRT_OK);
    auto e = Engine::FromMemory(file.span());
    REQUIRE(e.ok());
    cpp_engine = *e;
    auto s = Session::Create(*cpp_engine, {.threads = 1, .max_batch = 8});
    REQUIRE(s.ok());
    cpp = std::move(*s);
  }
  Both(const Both&) = delete;
  Both& operator=(const Both&) = delete;
  ~Both() {
    vitrt_session_free(session);
    vitrt_engine_free(engine);
  }
};

void CheckSame(const vitrt_prediction& c, const Prediction& p) {
  CHECK(c.label == p.label);
  CHECK(c.exit == p.exit);
  CHECK(c.probability == p.probability);
  CHECK(c.confidence == p.confidence);
  CHECK(c.flags == p.flags);
  REQUIRE(c.classes == p.probabilities.size());
  CHECK(std::memcmp(c.probabilities, p.probabilities.data(), p.probabilities.size_bytes()) == 0);
  CHECK(std::memcmp(c.logits, p.logits.data(), p.logits.size_bytes()) == 0);
  CHECK(c.run_ms > 0);
}

std::string Ppm() {
  std::string text = "P6 12 10 255\n";
  for (int i = 0; i < 360; ++i) text += static_cast<char>(i * 37 % 256);
  return text;
}

}  // namespace

TEST_CASE("a plan describes itself") {
  const Both both(0.7f);
  CHECK(vitrt_abi_version() == VITRT_ABI_VERSION);
  CHECK(vitrt_engine_isa(both.engine) == static_cast<int>(both.cpp_engine->isa()) + 1);
  CHECK(vitrt_engine_max_batch(both.engine) == 8);
  const int64_t* dims = nullptr;
  REQUIRE(vitrt_engine_input_dims(both.engine, &dims) == 4);
  CHECK(std::vector<int64_t>(dims, dims + 4) == std::vector<int64_t>{1, 3, 8, 8});
  CHECK(vitrt_engine_label_count(both.engine) == 5);
  CHECK(std::string(vitrt_engine_label(both.engine, 2)) == "hole");
  CHECK(vitrt_engine_label(both.engine, 5) == nullptr);
  CHECK(vitrt_engine_label(both.engine, -1) == nullptr);
  REQUIRE(vitrt_engine_exit_count(both.engine) == 2);
  const vitrt_exit_info* exit = vitrt_engine_exit(both.engine, 0);
  CHECK(std::string(exit->name) == "early");
  CHECK(exit->classes == 5);
  CHECK(exit->threshold == 0.7f);
  CHECK(exit->enabled == 1);
  CHECK(vitrt_engine_exit(both.engine, 2) == nullptr);
}

TEST_CASE("logits that are not finite: no class, no label, a flag") {
  Both both;
  std::vector<float> input(2 * kElements, 0.5f);
  std::fill_n(input.begin(), kElements, std::nanf(""));
  const vitrt_prediction* predictions[2] = {};
  REQUIRE(vitrt_run_tensor(both.session, input.data(), input.size(), 2, nullptr, predictions) == VITRT_OK);
  CHECK(predictions[0]->label == -1);
  CHECK(predictions[0]->flags == (VITRT_NON_FINITE | VITRT_NO_DECISION));
  CHECK(predictions[0]->probability == 0);
  CHECK(predictions[0]->confidence == 0);
  CHECK(vitrt_engine_label(both.engine, predictions[0]->label) == nullptr);
  CHECK(predictions[1]->label >= 0);
  CHECK(predictions[1]->flags == 0);
}

TEST_CASE("files, frames and tensors give the predictions of C++, bit for bit") {
  Both both;
  const std::string file = Ppm();
  const vitrt_prediction* prediction = nullptr;
  REQUIRE(vitrt_run_file(both.session, file.data(), file.size(), nullptr, &prediction) == VITRT_OK);
  auto expected = both.cpp->RunFile(std::as_bytes(std::span(file)));
  REQUIRE(expected.ok());
  CheckSame(*prediction, *expected);

  const vitrt_frame frame = {.struct_size = sizeof frame,
                             .format = VITRT_RGB8,
                             .data = file.data() + file.size() - 360,
                             .width = 12,
                             .height = 10,
                             .stride = 36,
                             .bits = 0};
  REQUIRE(vitrt_run_frame(both.session, &frame, nullptr, &prediction) == VITRT_OK);
  CheckSame(*prediction, *both.cpp->RunFile(std::as_bytes(std::span(file))));

  const vitrt_frame flipped = {.struct_size = sizeof flipped,
                               .format = VITRT_BGR8,
                               .data = file.data() + file.size() - 36,
                               .width = 12,
                               .height = 10,
                               .stride = -36,
                               .bits = 0};
  const vitrt_frame* const frames[] = {&frame, &flipped, &frame};
  const vitrt_prediction* three[3] = {};
  REQUIRE(vitrt_run_frames(both.session, frames, 3, nullptr, three) == VITRT_OK);
  const auto* pixels = reinterpret_cast<const std::byte*>(file.data() + file.size());
  const ImageView up{pixels - 360, 12, 10, 36, PixelFormat::kRgb8}, down{pixels - 36, 12, 10, -36, PixelFormat::kBgr8};
  CheckSame(*three[1], *both.cpp->RunFrame(down));
  CheckSame(*three[0], *both.cpp->RunFrame(up));
  CheckSame(*three[2], *both.cpp->RunFrame(up));
  CHECK(three[0]->logits[0] != three[1]->logits[0]);
  const uint16_t deep_pixels[120] = {0, 512, 1024, 4095};
  auto deep = Sized<vitrt_frame>();
  deep.format = VITRT_GRAY16, deep.data = deep_pixels, deep.width = 12, deep.height = 10, deep.stride = 24;
  deep.bits = 12;
  REQUIRE(vitrt_run_frame(both.session, &deep, nullptr, &prediction) == VITRT_OK);
  ImageView deep_view{reinterpret_cast<const std::byte*>(deep_pixels), 12, 10, 24, PixelFormat::kGray16, 12};
  CheckSame(*prediction, *both.cpp->RunFrame(deep_view));
  CHECK((prediction->flags & VITRT_LOW_RANGE) == 0);
  deep.bits = 17;
  CHECK(vitrt_run_frame(both.session, &deep, nullptr, &prediction) == VITRT_INVALID_ARGUMENT);
  deep.struct_size = offsetof(vitrt_frame, bits);  // as programs of ABI version 2 are compiled
  REQUIRE(vitrt_run_frame(both.session, &deep, nullptr, &prediction) == VITRT_OK);
  CHECK((prediction->flags & VITRT_LOW_RANGE) != 0);
  CHECK(vitrt_engine_input_type(both.engine) == VITRT_FLOAT32);
  auto measure = Sized<vitrt_run_options>();
  measure.measure_input = 1;
  REQUIRE(vitrt_run_frames(both.session, frames, 3, &measure, three) == VITRT_OK);
  CHECK(three[0]->input_deviation > 0);
  CHECK(three[0]->input_mean == three[2]->input_mean);
  CHECK(std::abs(three[0]->input_mean - three[1]->input_mean) < 1e-3f);  // the same pixels, upside down

  CHECK(vitrt_run_frames(both.session, frames, 0, nullptr, three) == VITRT_INVALID_ARGUMENT);
  CHECK(vitrt_run_frames(both.session, frames, 9, nullptr, three) == VITRT_INVALID_ARGUMENT);

  const auto input = test::Noise(7, 5 * kElements);
  const vitrt_prediction* predictions[5] = {};
  REQUIRE(vitrt_run_tensor(both.session, input.data(), input.size(), 5, nullptr, predictions) == VITRT_OK);
  const auto batch = both.cpp->RunTensor(input, 5);
  REQUIRE(batch.ok());
  for (size_t i = 0; i < 5; ++i) CheckSame(*predictions[i], (*batch)[i]);
}

TEST_CASE("one picture in every pixel format, padded, upside down: one prediction") {
  Both both;
  constexpr int kWidth = 9, kHeight = 7, kPadding = 5;
  const auto sample = [](int x, int y, int c) { return static_cast<uint8_t>(x * 25 + y * 31 + c * 60); };
  const struct {
    vitrt_pixel_format format;
    int bytes;
    int at[3];  // of red, green, blue: the byte that counts
  } formats[] = {{VITRT_RGB8, 3, {0, 1, 2}},
                 {VITRT_BGR8, 3, {2, 1, 0}},
                 {VITRT_RGBA8, 4, {0, 1, 2}},
                 {VITRT_BGRA8, 4, {2, 1, 0}},
                 {VITRT_RGB16, 6, {1, 3, 5}}};
  std::vector<float> first;
  for (const auto& f : formats) {
    for (const bool bottom_up : {false, true}) {
      CAPTURE(f.format);
      CAPTURE(bottom_up);
      const int row = kWidth * f.bytes + kPadding;
      std::vector<uint8_t> bytes(static_cast<size_t>(row) * kHeight, 0xaa);
      for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
          uint8_t* pixel = bytes.data() + (bottom_up ? kHeight - 1 - y : y) * row + x * f.bytes;
          for (int c = 0; c < 3; ++c) pixel[f.at[c]] = sample(x, y, c);
        }
      }
      const vitrt_frame frame = {.struct_size = sizeof frame,
                                 .format = f.format,
                                 .data = bytes.data() + (bottom_up ? (kHeight - 1) * row : 0),
                                 .width = kWidth,
                                 .height = kHeight,
                                 .stride = bottom_up ? -row : row,
                                 .bits = 0};
      const vitrt_prediction* prediction = nullptr;
      REQUIRE_MESSAGE(vitrt_run_frame(both.session, &frame, nullptr, &prediction) == VITRT_OK, vitrt_error_message());
      const std::vector<float> logits(prediction->logits, prediction->logits + prediction->classes);
      if (first.empty()) first = logits;
      CHECK(logits == first);
    }
  }
}

TEST_CASE("options of one call: thresholds, enabled exits, policy, exit, all exits") {
  Both both;
  const auto input = test::Noise(8, kElements);
  const float always[] = {0.0f}, plans[] = {std::nanf("")};
  const int8_t off[] = {-1};
  const struct {
    const char* title;
    std::function<void(vitrt_run_options*)> set;
    int exit;
  } cases[] = {
      {"the plan's", [](auto*) {}, 1},
      {"threshold 0", [&](auto* o) { o->thresholds = always, o->threshold_count = 1; }, 0},
      {"threshold NaN", [&](auto* o) { o->thresholds = plans, o->threshold_count = 1; }, 1},
      {"an exit switched off",
       [&](auto* o) {
         o->thresholds = always, o->threshold_count = 1;
         o->enabled = off, o->enabled_count = 1;
       },
       1},
      {"an exit by name", [](auto* o) { o->exit = "early"; }, 0},
      {"the last exit",
       [&](auto* o) {
         o->thresholds = always, o->threshold_count = 1;
         o->exit = "last";
       },
       1},
      {"policy and deadline", [](auto* o) { o->policy = VITRT_POLICY_ENTROPY, o->deadline_ms = 1e9; }, 1},
      {"all exits",
       [&](auto* o) {
         o->thresholds = always, o->threshold_count = 1;
         o->all_exits = 1;
       },
       0},
  };
  for (const auto& c : cases) {
    CAPTURE(c.title);
    auto options = Sized<vitrt_run_options>();
    c.set(&options);
    const vitrt_prediction* prediction = nullptr;
    REQUIRE_MESSAGE(vitrt_run_tensor(both.session, input.data(), input.size(), 1, &options, &prediction) == VITRT_OK,
                    vitrt_error_message());
    CHECK(prediction->exit == c.exit);
  }
  CHECK(vitrt_exit_logits(both.session, 1) != nullptr);  // of the last case
  CHECK(vitrt_exit_logits(both.session, 2) == nullptr);
}

TEST_CASE("outputs keep their type and shape, and a binary exit has two classes") {
  const AlignedBuffer file = test::TypesPlan(plan::ExitMeaning::BinaryLogit).File();
  vitrt_engine* engine = nullptr;
  vitrt_session* session = nullptr;
  const vitrt_session_options options = {.struct_size = sizeof options, .threads = 1, .max_batch = 2, .pin = 0};
  REQUIRE_MESSAGE(vitrt_engine_from_memory(file.data(), file.size(), nullptr, &engine) == VITRT_OK,
                  vitrt_error_message());
  REQUIRE(vitrt_session_create(engine, &options, &session) == VITRT_OK);
  const float input[] = {0, 1, 2, 3, 4, 5, -1, -2, 0, 300, 0, 0};  // two images, [3, 1, 2]
  const vitrt_prediction* predictions[2];
  REQUIRE(vitrt_run_tensor(session, input, 12, 2, nullptr, predictions) == VITRT_OK);

  const vitrt_exit_info* exit = vitrt_engine_exit(engine, 0);
  CHECK(exit->classes == 2);
  CHECK(exit->meaning == VITRT_EXIT_BINARY_LOGIT);
  REQUIRE(exit->rank == 2);
  CHECK(predictions[0]->classes == 2);
  CHECK(predictions[0]->logits[1] == 15);
  CHECK(predictions[1]->label == 1);
  CHECK(vitrt_exit_logits(session, 0)[2] == 0);     // [n, classes]
  CHECK(vitrt_exit_output(session, 0)[1] == 297);   // the model's own, [n, 1]
  CHECK(vitrt_exit_output(session, 1) == nullptr);  // there is one exit

  struct Case {
    const char* name;
    vitrt_element_type type;
    std::vector<int64_t> dims;
    size_t bytes;
  };
  const Case cases[] = {{"i32", VITRT_INT32, {1, 1, 2, 3}, 4}, {"i64", VITRT_INT64, {1, 1, 2, 3}, 8},
                        {"bool", VITRT_BOOL, {1, 1, 2, 3}, 1}, {"u8", VITRT_UINT8, {1, 1, 2, 3}, 1},
                        {"scalar", VITRT_FLOAT32, {}, 4},      {"leading", VITRT_FLOAT32, {2, 1, 3}, 4}};
  REQUIRE(vitrt_engine_output_count(engine) == std::size(cases));
  for (size_t i = 0; i < std::size(cases); ++i) {
    CAPTURE(cases[i].name);
    const vitrt_output_info* info = vitrt_engine_output(engine, i);
    CHECK(std::string(info->name) == cases[i].name);
    CHECK(info->type == cases[i].type);
    CHECK(std::vector<int64_t>(info->dims, info->dims + info->rank) == cases[i].dims);
    size_t size = 0;
    REQUIRE(vitrt_output(session, i, &size) != nullptr);
    CHECK(size == 2 * cases[i].bytes * (cases[i].dims.empty() ? 1 : 6));
  }
  CHECK(vitrt_engine_output(engine, std::size(cases)) == nullptr);
  size_t size = 1;
  CHECK(vitrt_output(session, std::size(cases), &size) == nullptr);
  CHECK(size == 0);
  CHECK(static_cast<const uint8_t*>(vitrt_output(session, 3, &size))[5] == 5);
  CHECK(static_cast<const uint8_t*>(vitrt_output(session, 2, &size))[0] == 0);
  CHECK(static_cast<const uint8_t*>(vitrt_output(session, 2, &size))[5] == 1);
  vitrt_session_free(session);
  vitrt_engine_free(engine);
}

TEST_CASE("structures of older and newer callers") {
  Both both;
  const auto input = test::Noise(9, kElements);
  const vitrt_prediction* prediction = nullptr;
  const auto run = [&](const vitrt_run_options* o) {
    return vitrt_run_tensor(both.session, input.data(), input.size(), 1, o, &prediction);
  };
  // Older: the field `exit` did not exist yet, so what stands there is not looked at.
  auto older = Sized<vitrt_run_options>();
  older.struct_size = offsetof(vitrt_run_options, exit);
  std::memset(&older.exit, 1, sizeof older.exit);
  CHECK(run(&older) == VITRT_OK);
  struct {
    vitrt_run_options known;
    uint64_t addition;
  } newer = {};
  newer.known.struct_size = sizeof newer;
  CHECK(run(&newer.known) == VITRT_OK);
  newer.addition = 1;
  CHECK(run(&newer.known) == VITRT_INVALID_ARGUMENT);
  const vitrt_run_options unset = {};
  CHECK(run(&unset) == VITRT_INVALID_ARGUMENT);
  CHECK(std::string(vitrt_error_message()).find("struct_size") != std::string::npos);
}

TEST_CASE("a tune file by name is taken up or explained, and a program of an older ABI names none") {
  const std::string plan = test::TemporaryPath("tuned.plan"), file = test::TemporaryPath("by_name.tune");
  test::TwoExitPlan(2.0f).Write(plan);
  std::ofstream(file) << "no tune file";
  auto options = Sized<vitrt_engine_options>();
  const auto note = [&](const char* name) {
    options.tune_file = name;
    vitrt_engine* engine = nullptr;
    REQUIRE(vitrt_engine_load(plan.c_str(), &options, &engine) == VITRT_OK);
    CHECK(vitrt_engine_tuned_steps(engine) == 0);
    std::string text = vitrt_engine_tune_note(engine);
    vitrt_engine_free(engine);
    return text;
  };
  CHECK(!note(file.c_str()).empty());
  CHECK(note("").empty());
  CHECK(note(nullptr).empty());  // none beside the plan
  options.struct_size = offsetof(vitrt_engine_options, tune_file);
  CHECK(note(file.c_str()).empty());
}

TEST_CASE("errors have a code and a text, kept for each thread") {
  Both both;
  const vitrt_prediction* prediction = nullptr;
  vitrt_engine* none = nullptr;
  CHECK(vitrt_engine_load("/nonexistent/x.plan", nullptr, &none) == VITRT_BAD_PLAN);
  CHECK(std::string(vitrt_error_message()).find("/nonexistent/x.plan") != std::string::npos);
  CHECK(none == nullptr);
  CHECK(vitrt_engine_load(nullptr, nullptr, &none) == VITRT_INVALID_ARGUMENT);
  CHECK(vitrt_run_file(both.session, "text", 4, nullptr, &prediction) == VITRT_BAD_INPUT);
  const std::string said = vitrt_error_message();
  CHECK(!said.empty());
  std::thread other([] {
    CHECK(std::string(vitrt_error_message()).empty());
    vitrt_engine* e = nullptr;
    CHECK(vitrt_engine_load("/nonexistent/y.plan", nullptr, &e) == VITRT_BAD_PLAN);
  });
  other.join();
  CHECK(said == vitrt_error_message());
  CHECK(prediction == nullptr);

  const auto input = test::Noise(9, kElements);
  CHECK(vitrt_run_tensor(both.session, input.data(), input.size() - 1, 1, nullptr, &prediction) == VITRT_BAD_INPUT);
  CHECK(vitrt_run_tensor(both.session, input.data(), input.size(), 9, nullptr, &prediction) == VITRT_INVALID_ARGUMENT);
  auto unknown_exit = Sized<vitrt_run_options>();
  unknown_exit.exit = "nosuch";
  CHECK(vitrt_run_tensor(both.session, input.data(), input.size(), 1, &unknown_exit, &prediction) ==
        VITRT_INVALID_ARGUMENT);
  auto unknown_policy = Sized<vitrt_run_options>();
  unknown_policy.policy = 99;
  CHECK(vitrt_run_tensor(both.session, input.data(), input.size(), 1, &unknown_policy, &prediction) ==
        VITRT_INVALID_ARGUMENT);
  auto frame = Sized<vitrt_frame>();
  frame.format = VITRT_RGB8, frame.data = "xyz", frame.width = frame.height = 1;
  CHECK(vitrt_run_frame(both.session, &frame, nullptr, &prediction) == VITRT_INVALID_ARGUMENT);  // stride
  frame.stride = 3;
  CHECK(vitrt_run_frame(both.session, &frame, nullptr, &prediction) == VITRT_OK);
  frame.format = 7;
  CHECK(vitrt_run_frame(both.session, &frame, nullptr, &prediction) == VITRT_INVALID_ARGUMENT);
  const vitrt_engine_options tier = {.struct_size = sizeof tier, .flags = 0, .max_isa = 5, .tune_file = nullptr};
  CHECK(vitrt_engine_load("x", &tier, &none) == VITRT_INVALID_ARGUMENT);
  vitrt_session_free(nullptr);
  vitrt_engine_free(nullptr);
}

TEST_SUITE_END();
