#include "runtime/line/prediction/good_class.h"

#include "doctest/doctest.h"

namespace vitrt::line {
namespace {

PlanInfo WithLabels(std::vector<std::string> labels) {
  PlanInfo info;
  info.labels = std::move(labels);
  return info;
}

TEST_CASE("the good class is the one that is named, or the first with a usual name") {
  const struct {
    const char* title;
    std::vector<std::string> labels;
    const char* named;
    std::optional<int> good;
  } cases[] = {
      {"named", {"none", "crack"}, "crack", 1},
      {"a usual name", {"crack", "OK", "good"}, "", 1},
      {"no usual name", {"cat", "dog"}, "", std::nullopt},
      {"no labels", {}, "", std::nullopt},
  };
  for (const auto& c : cases) {
    INFO(std::string(c.title));
    const auto good = GoodClass(c.named, WithLabels(c.labels));
    REQUIRE(good.ok());
    CHECK(*good == c.good);
  }
}

TEST_CASE("a name that no class has is refused, with the names there are") {
  const auto good = GoodClass("fine", WithLabels({"ok", "crack"}));
  REQUIRE(!good.ok());
  CHECK(good.status().code() == StatusCode::kInvalidArgument);
  CHECK(good.status().hint().find("ok, crack") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::line
