#include "runtime/line/watch/hot_folder.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds kSettle{60};

std::string MakeFolder(const std::string& name) {
  std::string folder = test::TemporaryPath(name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

HotFolder Open(const std::string& folder) {
  auto hot = HotFolder::Open(folder, kSettle, [](const std::string& name) { return name.ends_with(".png"); });
  REQUIRE_MESSAGE(hot.ok(), hot.status().ToString());
  return std::move(*hot);
}

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

void SetAge(const std::string& path, std::chrono::hours age) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - age);
}

std::vector<std::string> Offered(HotFolder* hot) {
  REQUIRE(hot->ReadEvents().ok());
  std::vector<std::string> names;
  while (const auto file = hot->Next()) names.push_back(file->name);
  return names;
}

using Names = std::vector<std::string>;

// After the first look at what nobody was seen to close, and the settling time.
Names SettledOffers(HotFolder* hot) {
  CHECK(Offered(hot).empty());
  REQUIRE(hot->NextDue().has_value());
  std::this_thread::sleep_until(*hot->NextDue());
  return Offered(hot);
}

TEST_CASE("offers what is there, oldest first, and ignores other files") {
  const std::string folder = MakeFolder("there");
  for (const char* name : {"b.png", "a.png", ".hidden.png", "note.txt"}) {
    Write(folder + "/" + name, "x");
    SetAge(folder + "/" + name, 1h);
  }
  SetAge(folder + "/b.png", 2h);
  fs::create_directory(folder + "/sub.png");
  HotFolder hot = Open(folder);
  CHECK(SettledOffers(&hot) == Names{"b.png", "a.png"});
  CHECK(Offered(&hot).empty());
  CHECK(!hot.waiting());
}

TEST_CASE("a file is offered when its writer closes it, not before") {
  const std::string folder = MakeFolder("slow");
  HotFolder hot = Open(folder);
  const int slow = open((folder + "/slow.png").c_str(), O_WRONLY | O_CREAT, 0666);
  REQUIRE(slow >= 0);
  for (int i = 0; i < 4; ++i) {
    REQUIRE(write(slow, "part", 4) == 4);
    CHECK(Offered(&hot).empty());
  }
  close(slow);
  CHECK(Offered(&hot) == Names{"slow.png"});
  CHECK(Offered(&hot).empty());
}

TEST_CASE("a file that is renamed into the folder is finished at once, its temporary name is not an image's") {
  const std::string folder = MakeFolder("renamed");
  HotFolder hot = Open(folder);
  Write(folder + "/x.png.part", "x");
  CHECK(Offered(&hot).empty());
  fs::rename(folder + "/x.png.part", folder + "/x.png");
  CHECK(Offered(&hot) == Names{"x.png"});
}

TEST_CASE("a file that nobody was seen to close is offered once it has settled") {
  const std::string folder = MakeFolder("linked");
  Write(folder + "/old.txt", "x");
  HotFolder hot = Open(folder);
  fs::create_hard_link(folder + "/old.txt", folder + "/link.png");  // neither closed nor renamed
  CHECK(SettledOffers(&hot) == Names{"link.png"});
}

TEST_CASE("the time of day may be set back or forward: a file that is being written is not taken for finished") {
  for (const std::chrono::hours age : {-24h, 0h, 24h}) {
    CAPTURE(age.count());
    const std::string folder = MakeFolder("clock");
    Write(folder + "/x.png", "half");
    SetAge(folder + "/x.png", age);
    HotFolder hot = Open(folder);
    CHECK(Offered(&hot).empty());
    std::this_thread::sleep_for(2 * kSettle);
    std::ofstream writer(folder + "/x.png", std::ios::app);
    writer << " and half" << std::flush;  // another writer continues, seen by the size alone
    SetAge(folder + "/x.png", age);
    CHECK(Offered(&hot).empty());
    writer.close();
    CHECK(Offered(&hot) == Names{"x.png"});
    CHECK(!hot.waiting());
  }
}

TEST_CASE("what looked unfinished is offered again when it changes, or as settled when it does not") {
  const std::string folder = MakeFolder("later");
  HotFolder hot = Open(folder);
  Write(folder + "/x.png", "half");
  REQUIRE(hot.ReadEvents().ok());
  auto file = hot.Next();
  REQUIRE(file.has_value());
  CHECK(!file->settled);
  hot.Later(*file);
  CHECK(!hot.Next().has_value());
  Write(folder + "/x.png", "half and half");
  REQUIRE(hot.ReadEvents().ok());
  const auto changed = hot.Next();
  REQUIRE(changed.has_value());
  CHECK(changed->id != file->id);
  hot.Later(*changed);
  std::this_thread::sleep_for(2 * kSettle);
  const auto settled = hot.Next();
  REQUIRE(settled.has_value());
  CHECK(settled->settled);
  CHECK(settled->id == changed->id);
}

TEST_CASE("names the files that vanish, and a folder that does") {
  const std::string folder = MakeFolder("vanish");
  Write(folder + "/x.png", "x");
  HotFolder hot = Open(folder);
  fs::remove(folder + "/x.png");
  REQUIRE(hot.ReadEvents().ok());
  CHECK(hot.TakeRemoved() == Names{"x.png"});
  CHECK(hot.TakeRemoved().empty());
  CHECK(!hot.waiting());
  fs::remove_all(folder);
  CHECK(!hot.ReadEvents().ok());
  CHECK(!HotFolder::Open(folder, kSettle, [](const std::string&) { return true; }).ok());
}

TEST_CASE("more files at once than the kernel's queue holds: none is missed") {
  const std::string folder = MakeFolder("flood");
  HotFolder hot = Open(folder);
  constexpr int kFiles = 6000;  // three events each; fs.inotify.max_queued_events is 16384 by default
  for (int i = 0; i < kFiles; ++i) Write(folder + "/" + std::to_string(i) + ".png", "x");
  std::this_thread::sleep_for(2 * kSettle);
  std::set<std::string> names;
  for (int round = 0; round < 50 && names.size() < kFiles; ++round) {
    for (const std::string& name : Offered(&hot)) names.insert(name);
    std::this_thread::sleep_for(kSettle);
  }
  CHECK(names.size() == kFiles);
}

}  // namespace
}  // namespace vitrt::watch
