#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "tests/cli/labelled_set.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

json Compare(const Workspace& w, const std::string& other) {
  const Finished f = RunVitrt({"compare", w("pixel.plan"), w(other), w("data"), "--json", "--threads", "1"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  return json::parse(f.out);
}

TEST_CASE("vitrt compare: a plan agrees with itself, within the exact bound of so many images") {
  const Workspace w = MakeLabelledSet();
  const json j = Compare(w, "pixel.plan");
  CHECK(j["images"] == kSetImages);
  CHECK(j["disagreements"] == 0);
  CHECK(j["other_exits"] == 0);
  CHECK(j["largest_error"] == 0);
  CHECK(j["differing"].empty());
  CHECK(j["confidence"] == 0.95);
  // Without an event the bound is known: (1 - p)^n = 0.05.
  CHECK(j["upper_bound"].get<double>() == doctest::Approx(1 - std::pow(0.05, 1.0 / kSetImages)));
  CHECK(j["speed_up"].get<double>() > 0);
}

TEST_CASE("vitrt compare: each plan decides by its own policy, and images that differ are named") {
  const Workspace w = MakeLabelledSet();
  TestPlan hasty = PixelPlan();
  hasty.tables.exits[0]->threshold = 0.9f;  // groups 0 to 4 and 8 leave at early, which is wrong for the last of them
  hasty.Write(w("hasty.plan"));
  const json j = Compare(w, "hasty.plan");
  CHECK(j["disagreements"] == 4);
  CHECK(j["other_exits"] == 24);
  REQUIRE(j["differing"].size() == 4);
  for (const json& d : j["differing"]) {
    CHECK(d["image"].get<std::string>().ends_with("8.pgm"));
    CHECK(d["image"].get<std::string>().find("/" + d["reference"].get<std::string>() + "/") != std::string::npos);
    CHECK(d["other"] != d["reference"]);
  }
  // The bound p is where 4 or fewer of 40 would be seen in one of 20 such sets.
  const double p = j["upper_bound"];
  double seen = 0;
  for (int i = 0; i <= 4; ++i)
    seen += std::exp(std::lgamma(41.0) - std::lgamma(i + 1.0) - std::lgamma(41.0 - i)) * std::pow(p, i) *
            std::pow(1 - p, 40 - i);
  CHECK(seen == doctest::Approx(0.05).epsilon(1e-6));
  const Finished text = RunVitrt({"compare", w("pixel.plan"), w("hasty.plan"), w("data")});
  CHECK(text.code == 0);
  CHECK(text.out.find("disagreements") != std::string::npos);
}

TEST_CASE("vitrt compare: copies of an image count once in the bound") {
  const Workspace w = MakeLabelledSet();
  std::filesystem::copy(w("data"), w("again"), std::filesystem::copy_options::recursive);
  std::filesystem::rename(w("again"), w("data/again"));
  const json j = Compare(w, "pixel.plan");
  CHECK(j["images"] == kSetImages);
  CHECK(j["copies"] == kSetImages);
  CHECK(j["upper_bound"].get<double>() == doctest::Approx(1 - std::pow(0.05, 1.0 / kSetImages)));
}

TEST_CASE("vitrt compare: plans that cannot be compared, and folders without images") {
  const Workspace w = MakeLabelledSet();
  TwoExitPlan(0.5f).Write(w("two.plan"));
  const struct {
    const char *other, *folder;
    int code;
  } cases[] = {{"two.plan", "data", 2}, {"pixel.plan", "nothing here", 4}, {"none.plan", "data", 3}};
  for (const auto& c : cases) {
    const Finished f = RunVitrt({"compare", w("pixel.plan"), w(c.other), w(c.folder)});
    INFO(std::string(c.other), " ", f.err);
    CHECK(f.code == c.code);
    CHECK(f.one_error());
  }
}

}  // namespace
}  // namespace vitrt::test
