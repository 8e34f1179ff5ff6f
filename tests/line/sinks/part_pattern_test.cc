#include "runtime/line/sinks/part_pattern.h"

#include "doctest/doctest.h"

namespace vitrt::sinks {
namespace {

TEST_CASE("the part is the first group, or all that matched") {
  const struct {
    const char *expression, *name, *part;
  } cases[] = {{"_([0-9]+)_", "cam1_004711_a.png", "004711"},
               {"[0-9]+", "cam_12_34.png", "12"},
               {"^([^_]+)_", "P-17_top.png", "P-17"},
               {"_([0-9]+)_", "none.png", ""},
               {"", "cam1_004711_a.png", ""},
               {"(x)?cam", "cam", ""}};
  for (const auto& c : cases) {
    const auto pattern = PartPattern::Create(c.expression);
    REQUIRE(pattern.ok());
    CHECK(pattern->PartOf(c.name) == c.part);
  }
  CHECK(PartPattern().PartOf("1.png") == "");
  CHECK(PartPattern::Create("(").status().code() == StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace vitrt::sinks
