#include "runtime/base/closest_name.h"

#include <doctest/doctest.h>

#include <vector>

namespace vitrt {
namespace {

TEST_CASE("distances of the textbook") {
  const struct {
    const char *a, *b;
    int distance;
  } cases[] = {{"", "", 0},
               {"", "abc", 3},
               {"abc", "", 3},
               {"kitten", "sitting", 3},
               {"abc", "acb", 1},
               {"abc", "ABC", 0},
               {"infer", "infre", 1},
               {"threshold", "thresold", 1},
               {"sunday", "saturday", 3}};
  for (const auto& c : cases) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CHECK(EditDistance(c.a, c.b) == c.distance);
    CHECK(EditDistance(c.b, c.a) == c.distance);
  }
}

TEST_CASE("the closest name, where one is close") {
  const std::vector<std::string> commands = {"infer", "watch", "scan", "bench", "eval", "inspect", "version"};
  const struct {
    const char *typed, *closest;
  } cases[] = {{"infre", "infer"},     {"Infer", "infer"}, {"benhc", "bench"}, {"inspct", "inspect"},
               {"vresion", "version"}, {"evla", "eval"},   {"scn", "scan"},    {"infer", ""},
               {"train", ""},          {"", ""},           {"x", ""},          {"wach", "watch"},
               {"something-else", ""}};
  for (const auto& c : cases) {
    CAPTURE(c.typed);
    CHECK(ClosestName(c.typed, commands) == c.closest);
  }
  CHECK(ClosestName(std::string(100000, 'a'), commands) == "");
  CHECK(ClosestName("infer", {}) == "");
  CHECK(DidYouMean("infre", commands) == "did you mean 'infer'? ");
  CHECK(DidYouMean("train", commands) == "");
}

}  // namespace
}  // namespace vitrt
