#include "runtime/line/prediction/exit_options.h"

#include <cmath>
#include <vector>

#include "doctest/doctest.h"

namespace vitrt::line {
namespace {

std::vector<ExitInfo> Exits() {
  std::vector<ExitInfo> exits(3);
  const char* names[] = {"early", "middle", "final"};
  for (int i = 0; i < 3; ++i)
    exits[static_cast<size_t>(i)] = {.name = names[i], .index = i, .classes = 5, .dims = {1, 5}};
  return exits;
}

TEST_CASE("thresholds for all, or by name") {
  using Thresholds = std::vector<std::optional<float>>;
  const struct {
    const char* text;
    Thresholds expected;
  } cases[] = {
      {"0.9", {0.9f, 0.9f, 0.9f}},
      {"90", {90.0f, 90.0f, 90.0f}},
      {"early=0.5", {0.5f, std::nullopt, std::nullopt}},
      {"middle=1.5,early=-1", {-1.0f, 1.5f, std::nullopt}},
      {"early=5e-1", {0.5f, std::nullopt, std::nullopt}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto run = ToRunOptions({.threshold = c.text}, Exits());
    REQUIRE_MESSAGE(run.ok(), run.status().ToString());
    CHECK(run->thresholds == c.expected);
  }
  const auto never = ToRunOptions({.threshold = "early=inf"}, Exits());
  REQUIRE(never.ok());
  CHECK(std::isinf(*never->thresholds[0]));
}

TEST_CASE("refuses thresholds that are not clear") {
  for (const char* text :
       {"abc",        "nan",         "early=nan",  "early=abc", "early=",        "=0.5",
        "0.9x",       " 0.9",        "0.9,",       ",",         "1,2,3,4",       "0,9",
        "0.9,0.8",    "0.9,0.8,0.7", "early=0,9",  "90%",       "early=0.9,0.8", "early=0.9,early=0.8",
        "nosuch=0.5", "last=0.5",    "early==0.5", "0x1p-1"}) {
    CAPTURE(text);
    const auto run = ToRunOptions({.threshold = text}, Exits());
    REQUIRE(!run.ok());
    CHECK(run.status().code() == StatusCode::kInvalidArgument);
    CHECK(run.status().where() == "--threshold");
  }
  const auto unknown = ToRunOptions({.threshold = "nosuch=0.5"}, Exits());
  CHECK(unknown.status().hint() == "exits of this plan: early, middle, final");
}

TEST_CASE("what is refused says what to write") {
  const struct {
    ExitOptions options;
    const char* hint;  // part of it
  } cases[] = {
      {{.threshold = "0,9"}, "with a decimal point it is 0.9; several thresholds go by name: early=0.9,..."},
      {{.threshold = "0,95"}, "it is 0.95"},
      {{.threshold = "0.9,0.8"},
       "several thresholds go by name: early=0.9,...; exits of this plan: early, middle, final"},
      {{.threshold = "early=0,9"}, "numbers have a decimal point: early=0.9,..."},
      {{.threshold = "erly=0.9"}, "did you mean 'early'? exits of this plan"},
      {{.exit = "fnial"}, "did you mean 'final'? exits of this plan"},
      {{.exit = "lst"}, "did you mean 'last'?"},
      {{.exit = "logits"}, "exits of this plan: early, middle, final"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.hint);
    const Status status = ToRunOptions(c.options, Exits()).status();
    CHECK(status.code() == StatusCode::kInvalidArgument);
    CHECK_MESSAGE(status.hint().find(c.hint) != std::string::npos, status.hint());
  }
}

TEST_CASE("a threshold from 2 upwards is taken, and warned of") {
  for (const char* text : {"0.9", "1", "1.99", "0", "-5", "inf", "early=inf"}) {
    CAPTURE(text);
    CHECK(!ThresholdWarning(*ToRunOptions({.threshold = text}, Exits())));
  }
  for (const char* text : {"2", "90", "early=0.9,middle=95", "1e9"}) {
    CAPTURE(text);
    CHECK(ThresholdWarning(*ToRunOptions({.threshold = text}, Exits())));
  }
  CHECK(*ThresholdWarning(*ToRunOptions({.threshold = "90"}, Exits())) ==
        "a threshold of 90 means never: confidence is at most 1 (for 90 % give 0.9)");
  CHECK(!ThresholdWarning({}));
}

TEST_CASE("an exit by name, or 'last'") {
  auto exits = Exits();
  CHECK(ToRunOptions({.exit = "middle"}, exits)->force_exit == 1);
  CHECK(ToRunOptions({.exit = "last"}, exits)->force_exit == 2);
  exits[0].name = "last";  // the word comes before a name: who asks for the last exit never gets an early one
  CHECK(ToRunOptions({.exit = "last"}, exits)->force_exit == 2);
  CHECK(!ToRunOptions({.exit = "nosuch"}, exits).ok());
}

TEST_CASE("policies and deadlines") {
  CHECK(ToRunOptions({.policy = "margin"}, Exits())->policy == ExitPolicy::kMargin);
  CHECK(ToRunOptions({.policy = "entropy"}, Exits())->policy == ExitPolicy::kEntropy);
  CHECK(!ToRunOptions({}, Exits())->policy.has_value());
  CHECK(!ToRunOptions({.policy = "guess"}, Exits()).ok());
  CHECK(ToRunOptions({.deadline_ms = 2.5}, Exits())->deadline_ms == 2.5);
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) CHECK(!ToRunOptions({.deadline_ms = bad}, Exits()).ok());
}

TEST_CASE("a plan with one exit takes no threshold and no deadline: they would change nothing") {
  auto one = Exits();
  one.resize(1);
  CHECK(!ToRunOptions({.threshold = "0.9"}, one).ok());
  CHECK(!ToRunOptions({.deadline_ms = 5}, one).ok());
  CHECK(ToRunOptions({.exit = "last"}, one).ok());
  CHECK(ToRunOptions({.policy = "margin"}, one).ok());
}

TEST_CASE("a plan without exits takes none of the options") {
  CHECK(ToRunOptions({}, {}).ok());
  for (const ExitOptions& options : {ExitOptions{.threshold = "0.9"}, ExitOptions{.exit = "last"},
                                     ExitOptions{.policy = "margin"}, ExitOptions{.deadline_ms = 5}}) {
    CHECK(ToRunOptions(options, {}).status().code() == StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vitrt::line
