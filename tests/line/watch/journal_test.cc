#include "runtime/line/watch/journal.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string Fresh(const std::string& name) {
  std::string path = test::TemporaryPath(name);
  fs::remove(path);
  return path;
}

TEST_CASE("what was added is there after a restart, whatever the name") {
  const std::string path = Fresh("names.journal");
  const std::string names[] = {"a.png", "b \"c\"\n\t.png", "\xff\xc3\x28.png", "\xc3\xa9.png", "=1+1.png"};
  {
    auto journal = Journal::Open(path);
    REQUIRE(journal.ok());
    CHECK(journal->empty());
    for (const std::string& name : names) REQUIRE(journal->Done({name, "1-2-3", "cafe"}).ok());
    REQUIRE(journal->Done({"a.png", "4-5-6", "beef"}).ok());
    REQUIRE(journal->Begin({{"z.png", "7-8-9", "f00d"}, "plan", {line::FileEnd{7, 30}, line::FileEnd{8, 40}}}).ok());
  }
  auto again = Journal::Open(path);
  REQUIRE_MESSAGE(again.ok(), again.status().ToString());
  CHECK(again->bad_lines() == 0);
  for (const std::string& name : names) CHECK(again->Has(name, name == "a.png" ? "4-5-6" : "1-2-3"));
  CHECK(!again->Has("a.png", "1-2-3"));
  CHECK(again->HasBytes("a.png", "beef"));
  CHECK(!again->HasBytes("a.png", "cafe"));
  CHECK(!again->HasBytes("z.png", "f00d"));
  REQUIRE(again->begun());
  CHECK(again->begun()->image.name == "z.png");
  CHECK(again->begun()->image.hash == "f00d");
  CHECK(again->begun()->plan == "plan");
  CHECK(again->begun()->results[1].inode == 8);
  CHECK(again->begun()->results[1].bytes == 40);
  REQUIRE(again->Done(again->begun()->image).ok());
  CHECK(!again->begun());
}

TEST_CASE("a line that a kill cut short is dropped, wherever the cut is") {
  const std::string path = Fresh("cut.journal");
  {
    auto journal = Journal::Open(path);
    REQUIRE(journal.ok());
    REQUIRE(journal->Done({"a.png", "1", "aa"}).ok());
    REQUIRE(journal->Done({"b.png", "2", "bb"}).ok());
  }
  const std::string whole = Read(path);
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    Put(path, whole.substr(0, cut));
    {
      auto journal = Journal::Open(path);
      REQUIRE_MESSAGE(journal.ok(), journal.status().ToString());
      CHECK(!journal->Has("b.png", "2"));
      REQUIRE(journal->Done({"c.png", "3", "cc"}).ok());
    }
    auto again = Journal::Open(path);
    REQUIRE(again.ok());
    CHECK(again->bad_lines() == 0);
    CHECK(again->Has("c.png", "3"));
    CHECK(again->Has("a.png", "1") == (whole.substr(0, cut).find("\"a.png\",\"1\",\"aa\"]\n") != std::string::npos));
  }
}

TEST_CASE("no line is trusted: bad ones are skipped and counted, the others stand") {
  const std::string good = "[\"vitrt-watch\",2]\n[\"a.png\",\"1\",\"aa\"]\n";
  const std::string bad[] = {"not a journal's",
                             "",
                             "{}",
                             "[\"x.png\",\"1\"]",
                             "[\"x.png\",1,\"aa\"]",
                             "[\"x.png\",\"1\",\"aa\",\"p\",[1,2],[-1,2]]",
                             "[\"x.png\",\"1\",\"aa\",\"p\",[1,2],[1]]",
                             "[\"../x.png\",\"1\",\"aa\"]",
                             "[\"\",\"1\",\"aa\"]",
                             "[\"" + std::string(300, 'x') + "\",\"1\",\"aa\"]",
                             "[\"x.png\",\"" + std::string(10000, '1') + "\",\"aa\"]",
                             "[\"x.png\",\"1\",\"a\xff\"]",
                             std::string(100000, '['),
                             std::string("[\"x.png\\u0000\",\"1\",\"aa\"]")};
  for (const std::string& line : bad) {
    CAPTURE(line.substr(0, 60));
    const std::string path = Fresh("bad.journal");
    Put(path, good + line + "\n[\"b.png\",\"2\",\"bb\"]\n");
    auto journal = Journal::Open(path);
    REQUIRE_MESSAGE(journal.ok(), journal.status().ToString());
    CHECK(journal->bad_lines() == 1);
    CHECK(journal->Has("a.png", "1"));
    CHECK(journal->Has("b.png", "2"));
    CHECK(!journal->Has("x.png", "1"));
    CHECK(!journal->begun());
  }
}

TEST_CASE("another file, a link, a file with two names, a device: refused and left alone") {
  const std::string path = Fresh("foreign"), link = Fresh("link"), hard = Fresh("hard");
  for (const char* text : {"crack\nhole\n", "[\"a.png\",\"1\"]\n", "{\"time\":1}\n", "\x89PNG"}) {
    Put(path, text);
    const auto journal = Journal::Open(path);
    REQUIRE(!journal.ok());
    CHECK(journal.status().code() == StatusCode::kInvalidArgument);
    CHECK(Read(path) == text);
  }
  Put(path, "");
  fs::create_symlink(path, link);
  CHECK(!Journal::Open(link).ok());
  fs::create_hard_link(path, hard);
  CHECK(!Journal::Open(hard).ok());
  CHECK(!Journal::Open("/dev/null").ok());
  CHECK(!Journal::Open("/").ok());
  CHECK(Read(path).empty());
}

TEST_CASE("a journal of 0.1.0 becomes one of now, in its place or taken over from another") {
  const std::string old = Fresh("old.journal"), fresh = Fresh("new.journal");
  const std::string text = "[\"a.png\",\"1\",[7,10],[8,20]]\n[\"b.png\",\"2\",[7,30],[8,40]]\n[\"c";
  Put(old, text);
  {
    auto journal = Journal::Open(fresh);
    REQUIRE(journal.ok());
    REQUIRE(journal->TakeOver(old).ok());
    CHECK(Read(old) == text);
  }
  { REQUIRE(Journal::Open(old).ok()); }
  for (const std::string& path : {old, fresh}) {
    CHECK(Read(path).starts_with("[\"vitrt-watch\",2]\n"));
    auto journal = Journal::Open(path);
    REQUIRE(journal.ok());
    CHECK(journal->Has("a.png", "1"));
    CHECK(journal->Has("b.png", "2"));
    CHECK(!journal->HasBytes("a.png", ""));
  }
  Put(old, text);
  auto journal = Journal::Open(old);
  REQUIRE(journal.ok());
  REQUIRE(journal->results_of_010());
  CHECK((*journal->results_of_010())[1].bytes == 40);
  const std::string link = Fresh("link.journal");
  fs::create_symlink(old, link);
  CHECK(!journal->TakeOver(link).ok());
}

TEST_CASE("two watchers of one journal: the second is refused") {
  const std::string path = Fresh("locked.journal");
  auto first = Journal::Open(path);
  REQUIRE(first.ok());
  const auto second = Journal::Open(path);
  REQUIRE(!second.ok());
  CHECK(second.status().what() == "the journal is in use");
}

TEST_CASE("stays small while files come and go, and keeps those that stayed") {
  const std::string path = Fresh("compact.journal");
  auto journal = Journal::Open(path);
  REQUIRE(journal.ok());
  REQUIRE(journal->Done({"stays.png", "0", "aa"}).ok());
  for (int i = 0; i < 20000; ++i) {
    const std::string name = std::to_string(i) + ".png";
    REQUIRE(journal->Begin({{name, "1", "bb"}, "plan", {}}).ok());
    REQUIRE(journal->Done({name, "1", "bb"}).ok());
    journal->Forget(name);
  }
  CHECK(fs::file_size(path) < 5000 * 64);
  CHECK(journal->Has("stays.png", "0"));
  CHECK(!Journal::Open(path).ok());  // the new file is locked too
  {
    const Journal moved = std::move(*journal);  // ends the lock
  }
  const auto again = Journal::Open(path);
  REQUIRE(again.ok());
  CHECK(again->Has("stays.png", "0"));
}

TEST_CASE("its place: the state folder, another name for each folder, none without one") {
  const std::string state = test::TemporaryPath("state"), in = test::TemporaryPath("in");
  fs::create_directories(in + "/a");
  const auto path_with = [&](const char* own, const char* xdg, const char* home) {
    for (const auto& [name, value] : {std::pair("STATE_DIRECTORY", own), {"XDG_STATE_HOME", xdg}, {"HOME", home}}) {
      value == nullptr ? unsetenv(name) : setenv(name, value, 1);
    }
    return DefaultJournalPath(in);
  };
  const std::string xdg = std::getenv("XDG_STATE_HOME") ? std::getenv("XDG_STATE_HOME") : "",
                    home = std::getenv("HOME") ? std::getenv("HOME") : "";
  const auto a = path_with((state + ":/nowhere").c_str(), nullptr, nullptr);
  const auto b = path_with(nullptr, state.c_str(), "/nowhere");
  const auto c = path_with(nullptr, nullptr, state.c_str());
  const auto other = DefaultJournalPath(in + "/a");
  const auto none = path_with(nullptr, nullptr, nullptr);
  if (!xdg.empty()) setenv("XDG_STATE_HOME", xdg.c_str(), 1);
  setenv("HOME", home.c_str(), 1);
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  REQUIRE(c.ok());
  REQUIRE(other.ok());
  CHECK(a->starts_with(state + "/watch-"));
  CHECK(b->starts_with(state + "/vitrt/watch-"));
  CHECK(c->starts_with(state + "/.local/state/vitrt/watch-"));
  CHECK(*c != *other);
  REQUIRE(!none.ok());
  CHECK(none.status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("a full disk is an error, and the image is not done") {
  const std::string path = Fresh("full.journal");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {60, 60};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto journal = Journal::Open(path);
    const bool as_said = journal.ok() && journal->Done({"a.png", "1", "aa"}).ok() &&
                         !journal->Done({"b.png", "2", std::string(100, 'b')}).ok() && !journal->Has("b.png", "2");
    _exit(as_said ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(Read(path) == "[\"vitrt-watch\",2]\n[\"a.png\",\"1\",\"aa\"]\n");
}

}  // namespace
}  // namespace vitrt::watch
