#include "runtime/base/pending_file.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/plan/test_plan.h"

namespace vitrt {
namespace {

namespace fs = std::filesystem;

std::string Folder() {
  std::string folder = test::TemporaryPath("pending_file");
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

Status Replace(const std::string& path, const std::string& text) {
  Result<PendingFile> file = PendingFile::Create(path);
  if (!file.ok()) return file.status();
  if (Status status = file->Write(std::as_bytes(std::span(text))); !status.ok()) return status;
  return file->Commit();
}

auto FilesIn(const std::string& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

TEST_CASE("until it is committed nothing is there, and then the whole") {
  const std::string folder = Folder(), path = folder + "/a";
  Put(path, "old");
  {
    auto file = PendingFile::Create(path);
    REQUIRE(file.ok());
    REQUIRE(file->Write(std::as_bytes(std::span("new", 3))).ok());
    CHECK(Read(file->readable_path()) == "new");
    CHECK(Read(path) == "old");
    CHECK(FilesIn(folder) == 1);
  }
  CHECK(Read(path) == "old");
  REQUIRE(Replace(path, "newer").ok());
  CHECK(Read(path) == "newer");
  CHECK(FilesIn(folder) == 1);
}

TEST_CASE("mode and links stay: what a link leads to is replaced, also where it is not there yet") {
  const std::string folder = Folder(), path = folder + "/a";
  Put(path, "old");
  REQUIRE(chmod(path.c_str(), 0640) == 0);
  fs::create_symlink("a", folder + "/link");
  fs::create_symlink("later", folder + "/dangling");
  REQUIRE(Replace(folder + "/link", "new").ok());
  REQUIRE(Replace(folder + "/dangling", "late").ok());
  CHECK(fs::is_symlink(folder + "/link"));
  CHECK(fs::is_symlink(folder + "/dangling"));
  CHECK(Read(path) == "new");
  CHECK(Read(folder + "/later") == "late");
  struct stat info;
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("what is no regular file is written through") {
  const std::string fifo = Folder() + "/fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = Read(fifo); });
  CHECK(Replace(fifo, "through").ok());
  reader.join();
  CHECK(got == "through");
  struct stat info;
  REQUIRE(stat(fifo.c_str(), &info) == 0);
  CHECK(S_ISFIFO(info.st_mode));
  CHECK(Replace("/dev/null", "text").ok());
  REQUIRE(stat("/dev/null", &info) == 0);
  CHECK(S_ISCHR(info.st_mode));
  CHECK(!Replace("/dev/full", "text").ok());
}

TEST_CASE("a full disk, a folder, no folder: errors that name the file, and nothing left behind") {
  const std::string folder = Folder(), path = folder + "/a";
  Put(path, "old");
  CHECK(Replace(folder, "x").where() == folder);
  CHECK(Replace(folder + "/no/a", "x").code() == StatusCode::kInternal);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {100, 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(Replace(path, std::string(1000, 'x')).ok() ? 1 : 0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(Read(path) == "old");
  CHECK(FilesIn(folder) == 1);
}

TEST_CASE("a process that is killed leaves nothing behind") {
  const std::string folder = Folder(), path = folder + "/a";
  Put(path, "old");
  for (const int with : {SIGINT, SIGTERM, SIGKILL}) {
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (const int signal_number : {SIGINT, SIGTERM}) signal(signal_number, SIG_DFL);  // doctest has handlers
      auto file = PendingFile::Create(path);
      if (!file.ok() || !file->Write(std::as_bytes(std::span("new", 3))).ok()) _exit(1);
      if (write(ready[1], "x", 1) != 1) _exit(1);
      for (;;) pause();
    }
    char byte;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    kill(child, with);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(Read(path) == "old");
    CHECK(FilesIn(folder) == 1);
    close(ready[0]);
    close(ready[1]);
  }
}

TEST_CASE("signals that the caller keeps back stay back") {
  sigset_t blocked, now;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  REQUIRE(Replace(Folder() + "/a", "x").ok());
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  CHECK(sigismember(&now, SIGTERM) == 1);
  CHECK(sigismember(&now, SIGINT) == 0);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace vitrt
