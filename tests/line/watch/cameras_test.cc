#include "runtime/line/watch/cameras.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

struct Site {
  std::string folder;
  std::vector<std::string> notes;

  explicit Site(const std::string& name) : folder(test::TemporaryPath(name)) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    setenv("XDG_STATE_HOME", (folder + "/state").c_str(), 1);
  }
  std::string Make(const std::string& name, int images = 0) const {
    fs::create_directories(folder + "/" + name);
    for (int i = 0; i < images; ++i) std::ofstream(folder + "/" + name + "/" + std::to_string(i) + ".png") << i;
    return folder + "/" + name;
  }
  CamerasOptions Options(std::vector<std::string> folders) {
    CamerasOptions options;
    options.folders = std::move(folders);
    options.settle = std::chrono::milliseconds(1);
    options.accepts = [](const std::string& name) { return name.ends_with(".png"); };
    options.note = [this](const std::string& note) { notes.push_back(note); };
    return options;
  }
};

// Names of the cameras whose files are offered, in that order, until nothing waits.
std::vector<std::string> Turns(Cameras* cameras) {
  std::vector<std::string> turns;
  while (cameras->waiting()) {
    if (const auto turn = cameras->Next()) {
      turns.push_back(turn->camera->name);
    } else {
      std::this_thread::sleep_until(*cameras->NextDue());
    }
  }
  return turns;
}

TEST_CASE("a full folder delays no other: cameras take turns") {
  Site site("fair");
  auto cameras = Cameras::Open(site.Options({site.Make("flooded", 60), site.Make("left", 3), site.Make("right", 2)}));
  REQUIRE(cameras.ok());
  CHECK(!cameras->Next());  // looks at all of them, which then must not change
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::vector<std::string> turns = Turns(&*cameras);
  REQUIRE(turns.size() == 65);
  std::map<std::string, size_t> last;
  for (size_t i = 0; i < turns.size(); ++i) last[turns[i]] = i;
  size_t flooded_before_left_ended = 0;
  for (size_t i = 0; i < last["left"]; ++i) flooded_before_left_ended += turns[i] == "flooded";
  CHECK(flooded_before_left_ended == 3);
}

TEST_CASE("names of cameras are those of their folders, or paths where two are called the same") {
  Site site("names");
  const std::string a = site.Make("a/in"), b = site.Make("b/in"), c = site.Make("c");
  const auto cameras = Cameras::Open(site.Options({a, b, c + "/"}));
  REQUIRE(cameras.ok());
  CHECK(cameras->all()[0]->name == a);
  CHECK(cameras->all()[1]->name == b);
  CHECK(cameras->all()[2]->name == "c");
}

TEST_CASE("sub-folders are left alone and noted, or are cameras") {
  Site site("sub");
  const std::string top = site.Make("top", 1);
  site.Make("top/b", 1);
  site.Make("top/a", 1);
  site.Make("top/.hidden", 1);
  {
    auto cameras = Cameras::Open(site.Options({top}));
    REQUIRE(cameras.ok());
    REQUIRE(cameras->ReadEvents().ok());
    CHECK(cameras->all().size() == 1);
    CHECK(cameras->subfolders_left_alone() == 2);
    REQUIRE(site.notes.size() == 1);
    CHECK(site.notes[0].find("2 in " + top) != std::string::npos);
  }
  CamerasOptions options = site.Options({top});
  options.subfolders = true;
  auto cameras = Cameras::Open(options);
  REQUIRE(cameras.ok());
  REQUIRE(cameras->all().size() == 3);
  CHECK(cameras->all()[1]->name == "a");
  CHECK(cameras->all()[2]->index == 2);
  CHECK(Turns(&*cameras).size() == 3);
  fs::remove_all(top + "/a");
  REQUIRE(cameras->ReadEvents().ok());
  CHECK(cameras->all()[1]->gone);
  site.Make("top/a", 1);
  REQUIRE(cameras->ReadEvents().ok());
  REQUIRE(cameras->TakeSubfolders().ok());
  REQUIRE(cameras->all().size() == 3);
  CHECK(cameras->all()[2]->name == "a");
  CHECK(cameras->all()[2]->index == 1);
  CHECK(Turns(&*cameras).size() == 1);
}

TEST_CASE("folders that are one, and one journal for two, are refused") {
  Site site("refused");
  const std::string a = site.Make("a"), b = site.Make("b");
  CHECK(Cameras::Open(site.Options({a, site.folder + "/b/../a"})).status().code() == StatusCode::kInvalidArgument);
  CamerasOptions options = site.Options({a, b});
  options.journal = site.folder + "/journal";
  CHECK(Cameras::Open(options).status().code() == StatusCode::kInvalidArgument);
  CHECK(Cameras::Open(site.Options({a, site.folder + "/nowhere"})).status().code() == StatusCode::kBadInput);
}

}  // namespace
}  // namespace vitrt::watch
