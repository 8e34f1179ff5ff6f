#include "runtime/line/sinks/backlog.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "doctest/doctest.h"

namespace vitrt::sinks {
namespace {

namespace fs = std::filesystem;

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/vitrt-backlog-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }
  std::string file() const { return path + "/backlog"; }
};

constexpr int64_t kRoom = 1 << 20;

std::string Text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Backlog Opened(const std::string& path, int64_t room = kRoom) {
  Result<Backlog> backlog = Backlog::Open(path, room);
  REQUIRE_MESSAGE(backlog.ok(), backlog.status().ToString());
  return std::move(backlog).value();
}

std::vector<std::string> Payloads(const Backlog& backlog) {
  std::vector<std::string> all;
  for (size_t i = 0; i < backlog.size(); ++i) all.push_back(backlog.At(i)->payload);
  return all;
}
using Names = std::vector<std::string>;

TEST_CASE("messages leave in the order in which they came, and outlive the process") {
  const Folder folder;
  {
    Backlog backlog = Opened(folder.file());
    for (const char* payload : {"a", "b", "c"}) REQUIRE(backlog.Push({"plant/line", payload}).ok());
    CHECK(backlog.At(0)->topic == "plant/line");
    REQUIRE(backlog.Pop().ok());
  }
  Backlog backlog = Opened(folder.file());
  CHECK(Payloads(backlog) == Names{"b", "c"});
  REQUIRE(backlog.Pop().ok());
  REQUIRE(backlog.Pop().ok());
  CHECK(backlog.size() == 0);
  CHECK(fs::file_size(folder.file()) == 16);  // the first line
}

TEST_CASE("a kill at any byte of the file loses the line that was cut, and no other") {
  const Folder folder;
  {
    Backlog backlog = Opened(folder.file());
    for (const char* payload : {"first", "second"}) REQUIRE(backlog.Push({"t", payload}).ok());
    REQUIRE(backlog.Pop().ok());
    REQUIRE(backlog.Push({"t", "third"}).ok());
  }
  const std::string whole = Text(folder.file());
  for (size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    std::ofstream(folder.file(), std::ios::binary) << whole.substr(0, bytes);
    const std::string kept = bytes < 16 ? "" : whole.substr(0, whole.rfind('\n', bytes - 1) + 1);
    Names want;
    for (const char* payload : {"first", "second", "third"}) {
      if (kept.find(payload) != kept.npos) want.push_back(payload);
    }
    if (kept.find("\n+\n") != kept.npos) want.erase(want.begin());
    CAPTURE(bytes);
    Backlog backlog = Opened(folder.file());
    CHECK(Payloads(backlog) == want);
    REQUIRE(backlog.Push({"t", "new"}).ok());
    want.push_back("new");
    CHECK(Payloads(backlog) == want);
  }
}

TEST_CASE("a full backlog drops its oldest messages but not those in flight, and stays below its size") {
  const Folder folder;
  constexpr int64_t kSmall = 1000;
  Backlog backlog = Opened(folder.file(), kSmall);
  for (int i = 0; i < 10; ++i) REQUIRE(backlog.Push({"t", "early" + std::to_string(i)}).ok());
  backlog.Hold(2);
  for (int i = 0; i < 500; ++i) {
    REQUIRE(backlog.Push({"t", std::to_string(i)}).ok());
    CHECK(fs::file_size(folder.file()) <= kSmall + 16);
  }
  const Names left = Payloads(backlog);
  CHECK(left[0] == "early0");
  CHECK(left[1] == "early1");
  CHECK(left.back() == "499");
  CHECK(backlog.dropped() == 510 - static_cast<int64_t>(left.size()));
  for (size_t i = 3; i < left.size(); ++i) CHECK(std::stoi(left[i]) == std::stoi(left[i - 1]) + 1);
}

TEST_CASE("a file that is mostly acknowledged is written anew") {
  const Folder folder;
  Backlog backlog = Opened(folder.file(), 1 << 22);
  const std::string payload(10000, 'x');
  for (int i = 0; i < 200; ++i) REQUIRE(backlog.Push({"t", payload + std::to_string(i)}).ok());
  for (int i = 0; i < 190; ++i) REQUIRE(backlog.Pop().ok());
  CHECK(fs::file_size(folder.file()) < 1100000);
  CHECK(backlog.At(0)->payload == payload + "190");
  const Result<Backlog> second = Backlog::Open(folder.file(), kRoom);
  CHECK(second.status().code() == StatusCode::kInternal);  // the lock went with the name
}

TEST_CASE("another kind of file, a link and a second process are refused") {
  const Folder folder;
  std::ofstream(folder.path + "/labels") << "crack\n";
  CHECK(Backlog::Open(folder.path + "/labels", kRoom).status().code() == StatusCode::kInvalidArgument);
  CHECK(Text(folder.path + "/labels") == "crack\n");
  fs::create_symlink("elsewhere", folder.path + "/link");
  CHECK(Backlog::Open(folder.path + "/link", kRoom).status().code() == StatusCode::kInvalidArgument);
  const Backlog first = Opened(folder.file());
  CHECK(Backlog::Open(folder.file(), kRoom).status().code() == StatusCode::kInternal);
}

}  // namespace
}  // namespace vitrt::sinks
