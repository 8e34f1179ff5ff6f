#include "runtime/line/files/append_file.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "tests/plan/test_plan.h"

namespace vitrt::line {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const FileKind kLines = {"lines of this test", "line "};

std::string Line(int i) { return "line " + std::to_string(i) + "\n"; }

TEST_CASE("rotates by size, keeps the newest, loses no line between them") {
  const std::string path = test::TemporaryPath("rotating.jsonl");
  auto file = AppendFile::Open(path, {.kind = kLines, .max_bytes = 3 * 7, .keep = 2});
  REQUIRE(file.ok());
  for (int i = 0; i < 9; ++i) REQUIRE(file->Append(Line(i)).ok());
  CHECK(Read(path) == Line(6) + Line(7) + Line(8));
  CHECK(Read(path + ".1") == Line(3) + Line(4) + Line(5));
  CHECK(Read(path + ".2") == Line(0) + Line(1) + Line(2));
  REQUIRE(file->Append(Line(9)).ok());
  CHECK(Read(path) == Line(9));
  CHECK(Read(path + ".2") == Line(3) + Line(4) + Line(5));
  CHECK(!std::filesystem::exists(path + ".3"));
}

TEST_CASE("appends to the file of an earlier run, keep 0 keeps no older file, 0 bytes never rotates") {
  const std::string path = test::TemporaryPath("again.jsonl");
  for (int i = 0; i < 3; ++i) {
    auto file = AppendFile::Open(path, {.kind = kLines, .max_bytes = 2 * 7, .keep = 0});
    REQUIRE(file.ok());
    REQUIRE(file->Append(Line(i)).ok());
  }
  CHECK(Read(path) == Line(2));
  CHECK(!std::filesystem::exists(path + ".1"));
  auto endless = AppendFile::Open(path, {.kind = kLines, .max_bytes = 0, .keep = 0});
  REQUIRE(endless.ok());
  for (int i = 3; i < 100; ++i) REQUIRE(endless->Append(Line(i)).ok());
  CHECK(Read(path).starts_with(Line(2)));
}

TEST_CASE("a full disk is an error for each line, a folder for opening") {
  auto full = AppendFile::Open("/dev/full", {.kind = kLines, .max_bytes = 100, .keep = 1});
  REQUIRE(full.ok());
  for (int i = 0; i < 3; ++i) {
    const Status status = full->Append(Line(i));
    REQUIRE(!status.ok());
    CHECK(status.code() == StatusCode::kInternal);
    CHECK(status.where() == "/dev/full");
  }
  CHECK(!AppendFile::Open("/", {.kind = kLines, .max_bytes = 100, .keep = 1}).ok());
  CHECK(!AppendFile::Open("/nonexistent/x", {.kind = kLines, .max_bytes = 100, .keep = 1}).ok());
}

TEST_CASE("a file of another kind is refused and left alone, numbered ones too") {
  const std::string path = test::TemporaryPath("kind.jsonl");
  for (const std::string& at : {path, path + ".1"}) {
    std::ofstream(path) << "line 1\n";
    std::ofstream(path + ".1") << "line 0\n";
    std::ofstream(at) << "labels\nof somebody\n";
    const auto file = AppendFile::Open(path, {.kind = kLines});
    REQUIRE(!file.ok());
    CHECK(file.status().code() == StatusCode::kInvalidArgument);
    CHECK(file.status().where() == at);
    CHECK(Read(at) == "labels\nof somebody\n");
  }
}

TEST_CASE("what a crash cut short is ended, not cut: lines stay whole") {
  const std::string path = test::TemporaryPath("cut.jsonl");
  std::ofstream(path) << "line 1\nline";
  auto file = AppendFile::Open(path, {.kind = kLines});
  REQUIRE(file.ok());
  REQUIRE(file->Append(Line(2)).ok());
  CHECK(Read(path) == "line 1\nline\nline 2\n");
}

TEST_CASE("a header opens every new file, one with other columns is moved aside") {
  const std::string path = test::TemporaryPath("header.csv");
  std::ofstream(path) << "line,old\n1,2\n";
  const AppendOptions options = {.kind = {"lines", "line,"}, .header = "line,old,new\n", .max_bytes = 20};
  {
    auto file = AppendFile::Open(path, options);
    REQUIRE_MESSAGE(file.ok(), file.status().ToString());
    CHECK(Read(path) == "line,old,new\n");
    CHECK(Read(path + ".1") == "line,old\n1,2\n");
    REQUIRE(file->Append("1,2,3\n").ok());
    REQUIRE(file->Append("4,5,6\n").ok());
  }
  auto again = AppendFile::Open(path, options);
  REQUIRE(again.ok());
  CHECK(Read(path) == "line,old,new\n4,5,6\n");
  CHECK(Read(path + ".1") == "line,old,new\n1,2,3\n");
  CHECK(Read(path + ".2") == "line,old\n1,2\n");
}

TEST_CASE("a file that was renamed or removed is opened anew before the next line") {
  const std::string path = test::TemporaryPath("renamed.jsonl");
  auto file = AppendFile::Open(path, {.kind = kLines});
  REQUIRE(file.ok());
  REQUIRE(file->Append(Line(1)).ok());
  const FileEnd before = file->end();
  REQUIRE(file->Append(Line(2)).ok());
  std::filesystem::rename(path, path + "-20260304");
  CHECK(file->HasLineSince(before, "line", "2"));
  REQUIRE(file->Append(Line(3)).ok());
  CHECK(Read(path) == Line(3));
  CHECK(Read(path + "-20260304") == Line(1) + Line(2));
  CHECK(file->HasLineSince(before, "line ", "2"));
  CHECK(file->HasLineSince(before, "line ", "3"));
  CHECK(!file->HasLineSince(before, "line ", "1"));
  std::filesystem::remove(path);
  REQUIRE(file->Append(Line(4)).ok());
  CHECK(Read(path) == Line(4));
}

TEST_CASE("four processes in one file, rotated meanwhile: every line whole, none lost") {
  const std::string path = test::TemporaryPath("shared.jsonl");
  constexpr int kProcesses = 4, kLinesEach = 300;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child > 0) {
      children.push_back(child);
      continue;
    }
    auto file = AppendFile::Open(path, {.kind = kLines, .max_bytes = 4000});
    bool good = file.ok();
    for (int i = 0; good && i < kLinesEach; ++i) good = file->Append(Line(p * kLinesEach + i)).ok();
    _exit(good ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  std::map<std::string, int> seen;
  int files = 0;
  for (std::string part = path; std::filesystem::exists(part); part = path + "." + std::to_string(++files)) {
    CHECK(std::filesystem::file_size(part) <= 4000);
    std::ifstream stream(part);
    for (std::string line; std::getline(stream, line);) ++seen[line + "\n"];
  }
  CHECK(files > 2);
  CHECK(seen.size() == kProcesses * kLinesEach);
  for (int i = 0; i < kProcesses * kLinesEach; ++i) CHECK(seen[Line(i)] == 1);
}

TEST_CASE("a disk that fills up: the line that had no room is taken back, the others stay") {
  const std::string path = test::TemporaryPath("full.jsonl");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {20, 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto file = AppendFile::Open(path, {.kind = kLines});
    const bool as_said = file.ok() && file->Append(Line(1)).ok() && file->Append(Line(2)).ok() &&
                         !file->Append(Line(3)).ok() && file->Append("line\n").ok();
    _exit(as_said ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(Read(path) == Line(1) + Line(2) + "line\n");
}

}  // namespace
}  // namespace vitrt::line
