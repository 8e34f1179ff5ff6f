// What runtime/base/os promises on every system.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/base/os/process.h"
#include "runtime/base/os/thread.h"
#include "runtime/base/pending_file.h"
#include "tests/plan/test_plan.h"

using namespace vitrt;

namespace {

namespace fs = std::filesystem;

std::string Folder() { return os::NameOf(fs::path(test::TemporaryPath("x")).parent_path()); }

void Write(const std::string& name, const std::string& text) {
  std::ofstream(os::PathOf(name), std::ios::binary) << text;
}

std::string Text(const std::string& name) {
  std::ifstream file(os::PathOf(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Status Replace(const std::string& name, const std::string& text) {
  Result<PendingFile> file = PendingFile::Create(name);
  if (!file.ok()) return file.status();
  const Status written = file->Write(std::as_bytes(std::span(text)));
  return written.ok() ? file->Commit() : written;
}

}  // namespace

TEST_SUITE_BEGIN("runtime/base/os");

TEST_CASE("names in UTF-8 lead to their files and come back from folders") {
  // Latin, Chinese, and a letter of two UTF-16 units.
  const std::string word = "\xc3\xa4 \xe5\x9b\xbe \xf0\x9f\x98\x80.txt", folder = Folder() + "/names";
  fs::create_directory(os::PathOf(folder));
  Write(folder + "/" + word, "text");
  CHECK(os::Look(folder + "/" + word)->bytes == 4);
  std::string found;
  for (const auto& entry : fs::directory_iterator(os::PathOf(folder))) found = os::NameOf(entry.path());
  CHECK(found == folder + "/" + word);
}

TEST_CASE("paths may be longer than 260 characters") {
  std::string folder = Folder();
  for (int i = 0; i < 5; ++i) folder += "/" + std::string(100, static_cast<char>('a' + i));
  fs::create_directories(os::PathOf(folder));
  REQUIRE(Replace(folder + "/file", "far below").ok());
  CHECK(Text(folder + "/file") == "far below");
  CHECK(os::Look(folder + "/file")->regular);
  CHECK(os::Look(folder)->folder);
  const int descriptor = os::Open(folder + "/file", os::kRead);
  REQUIRE(descriptor >= 0);
  os::Close(descriptor);
  CHECK(os::Rename(folder + "/file", folder + "/other"));
  CHECK(os::Remove(folder + "/other"));
}

TEST_CASE("a write goes to the end of what is opened to append, a read from where it is asked") {
  const std::string name = Folder() + "/append";
  Write(name, "one\n");
  const int descriptor = os::Open(name, os::kRead | os::kAppend);
  REQUIRE(descriptor >= 0);
  char part[3];
  CHECK(os::ReadAt(descriptor, part, 3, 0) == 3);
  CHECK(std::string(part, 3) == "one");
  CHECK(os::Write(descriptor, "two\n", 4) == 4);
  CHECK(os::ReadAt(descriptor, part, 3, 4) == 3);
  CHECK(std::string(part, 3) == "two");
  CHECK(os::ReadAt(descriptor, part, 3, 8) == 0);
  const int second = os::ForAppending(descriptor);
  CHECK(os::Write(second, "three\n", 6) == 6);
  CHECK(Text(name) == "one\ntwo\nthree\n");
  CHECK(os::Truncate(descriptor, 4));
  CHECK(os::Look(descriptor)->bytes == 4);
  os::Close(second);
  os::Close(descriptor);
}

TEST_CASE("one holds the lock of a file, which others read all the same") {
  const std::string name = Folder() + "/locked";
  Write(name, "text");
  const int first = os::Open(name, os::kRead | os::kAppend), second = os::Open(name, os::kRead | os::kAppend);
  CHECK(os::Lock(first, os::Wait::kNo));
  CHECK_FALSE(os::Lock(second, os::Wait::kNo));
  CHECK(Text(name) == "text");
  CHECK(os::Write(second, "!", 1) == 1);
  os::Unlock(first);
  CHECK(os::Lock(second, os::Wait::kNo));
  os::Close(second);
  CHECK(os::Lock(first, os::Wait::kNo));
  os::Close(first);
}

TEST_CASE("one holds the lock of a folder") {
  const intptr_t first = os::LockFolder(Folder());
  REQUIRE(first >= 0);
  CHECK(os::LockFolder(Folder()) == -1);
  os::Release(first);
  const intptr_t second = os::LockFolder(Folder());
  CHECK(second >= 0);
  os::Release(second);
  CHECK(os::LockFolder(Folder() + "/missing") == -2);
}

TEST_CASE("a file keeps its identity when it is renamed, and has one more name when it is linked") {
  const std::string a = Folder() + "/a", b = Folder() + "/b", c = Folder() + "/c";
  CHECK(os::Make(a));
  CHECK_FALSE(os::Make(a));
  CHECK(errno == EEXIST);
  const std::string identity = os::Look(a)->Identity();
  Write(b, "replaced");
  CHECK(os::Rename(a, b));
  CHECK(os::Look(b)->Identity() == identity);
  CHECK_FALSE(os::Look(a));
  CHECK(os::Link(b, c));
  CHECK(os::Look(b)->links == 2);
  CHECK(os::Look(c)->Identity() == identity);
  CHECK_FALSE(os::Link(b, c));
  CHECK(errno == EEXIST);
  CHECK_FALSE(os::Remove(a));
  CHECK(errno == ENOENT);
  CHECK(os::Remove(b));
  CHECK(os::Remove(c));
}

TEST_CASE("a pending file replaces what has the name, and leaves nothing else behind") {
  const std::string folder = Folder() + "/pending", name = folder + "/file";
  fs::create_directory(os::PathOf(folder));
  REQUIRE(Replace(name, "first").ok());
  REQUIRE(Replace(name, "second").ok());
  CHECK(Text(name) == "second");
  { const Result<PendingFile> dropped = PendingFile::Create(name); }
  CHECK(Text(name) == "second");
  CHECK(std::distance(fs::directory_iterator(os::PathOf(folder)), fs::directory_iterator()) == 1);
  CHECK_FALSE(Replace(folder, "a folder").ok());
}

TEST_CASE("the process knows its CPUs and its memory") {
  const std::vector<int> cpus = os::AllowedCpus();
  REQUIRE_FALSE(cpus.empty());
  CHECK(std::is_sorted(cpus.begin(), cpus.end()));
  CHECK(os::CoreOf(cpus.front()) >= 0);
  bool pinned = false;
  std::thread([&] { pinned = os::PinThisThread(cpus.front()); }).join();
  CHECK(pinned);
  CHECK(os::ProcessId() > 0);
  CHECK(os::CpuMilliseconds() >= 0);
}
