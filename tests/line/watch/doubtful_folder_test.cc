#include "runtime/line/watch/doubtful_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

std::string MakeFolder(const std::string& name) {
  std::string folder = test::TemporaryPath(name);
  fs::remove_all(folder);
  return folder;
}

DoubtfulFolder Opened(const std::string& folder, double megabytes = 1) {
  auto opened = DoubtfulFolder::Open({folder, 0.7, megabytes});
  REQUIRE(opened.ok());
  return std::move(*opened);
}

// Without the records beside them.
std::set<std::string> Names(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".json")) continue;
    names.insert(name);
    CHECK((name == "mine.txt" || fs::exists(entry.path().string() + ".json")));
  }
  return names;
}

const std::string kBytes(1000, 'x');

DoubtfulImage Image(const std::string& hash, double confidence, bool disagreed = false) {
  return {"a.png", hash, "{\"image\":\"a.png\"}\n", confidence, disagreed, std::as_bytes(std::span(kBytes))};
}

const std::string kA(16, 'a'), kB(16, 'b'), kC(16, 'c'), kD(16, 'd');

TEST_CASE("keeps what is not confident and what the last exit disagreed on, with its record") {
  const std::string folder = MakeFolder("doubtful");
  DoubtfulFolder kept = Opened(folder);
  REQUIRE(kept.Offer(Image(kA, 0.6999)).ok());
  REQUIRE(kept.Offer(Image(kB, 0.7)).ok());
  REQUIRE(kept.Offer(Image(kC, 0.95, true)).ok());
  REQUIRE(kept.Offer(Image(kD, 0)).ok());
  CHECK(Names(folder) ==
        std::set<std::string>{"0699-" + kA + "-a.png", "0000-" + kC + "-a.png", "0000-" + kD + "-a.png"});
  std::ifstream record(folder + "/0699-" + kA + "-a.png.json");
  CHECK(std::string(std::istreambuf_iterator<char>(record), {}) == "{\"image\":\"a.png\"}\n");
}

TEST_CASE("where there is no room the most confident go, over restarts too, and nobody else's files") {
  const std::string folder = MakeFolder("doubtful-full");
  fs::create_directories(folder);
  std::ofstream(folder + "/mine.txt") << std::string(100000, 'm');
  {
    DoubtfulFolder kept = Opened(folder, 0.0025);  // two images
    REQUIRE(kept.Offer(Image(kA, 0.5)).ok());
    REQUIRE(kept.Offer(Image(kB, 0.3)).ok());
  }
  DoubtfulFolder kept = Opened(folder, 0.0025);
  REQUIRE(kept.Offer(Image(kC, 0.6)).ok());
  CHECK(Names(folder) == std::set<std::string>{"0500-" + kA + "-a.png", "0300-" + kB + "-a.png", "mine.txt"});
  REQUIRE(kept.Offer(Image(kC, 0.4)).ok());
  CHECK(Names(folder) == std::set<std::string>{"0400-" + kC + "-a.png", "0300-" + kB + "-a.png", "mine.txt"});
}

TEST_CASE("names that are too long lose their beginning, a file in the folder's place is refused") {
  const std::string folder = MakeFolder("doubtful-long");
  DoubtfulFolder kept = Opened(folder);
  DoubtfulImage image = Image(kA, 0.5);
  image.name = std::string(250, 'n') + ".png";
  REQUIRE(kept.Offer(image).ok());
  CHECK(Names(folder).begin()->ends_with("n.png"));
  const std::string file = folder + "/" + *Names(folder).begin();
  CHECK(DoubtfulFolder::Open({file, 0.7, 1}).status().code() == StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace vitrt::watch
