// Issue: `vitrt watch` cut its result files back to what a journal said, two watchers on one file lost lines, the
// journal lay where cameras write and believed every line, `touch` made it classify an image again, and what it passed
// over was not said.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "doctest/doctest.h"
#include "tests/cli/program.h"
#include "tests/plan/test_plan.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string Joined(const std::vector<std::string>& lines, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += lines[i] + "\n";
  return text;
}

struct Site : Workspace {
  Site() : Workspace(MakeWorkspace()) { fs::create_directory((*this)("in")); }

  std::vector<std::string> Arguments(const std::vector<std::string>& more = {}, const std::string& in = "in",
                                     const std::string& journal = "journal") const {
    std::vector<std::string> all = {
        "watch",     (*this)("two.plan"), (*this)(in), "--json-out",     (*this)("out.jsonl"),
        "--csv-out", (*this)("out.csv"),  "--journal", (*this)(journal), "--settle",
        "0.1",       "--threads",         "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  // Other bytes for each name.
  void Deliver(const std::string& name, const std::string& in = "in") const {
    WriteText((*this)(in + "/part"), ReadText((*this)("a.ppm")) + name);
    fs::rename((*this)(in + "/part"), (*this)(in + "/" + name));
  }
  Finished Once(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = Arguments(more);
    arguments.push_back("--once");
    return RunVitrt(arguments);
  }
  std::map<std::string, int> Classified() const {
    std::map<std::string, int> times;
    for (const std::string& line : Lines(ReadText((*this)("out.jsonl")))) ++times[json::parse(line)["image"]];
    return times;
  }
};

template <typename F>
bool Eventually(F&& condition) {
  for (int i = 0; i < 6000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_CASE("result files are only added to, whatever the journal says of them") {
  const Site w;
  w.Deliver("1.ppm");
  REQUIRE(w.Once().code == 0);
  const std::string json_lines = ReadText(w("out.jsonl")), csv = ReadText(w("out.csv"));
  // A second line by somebody else, and a journal that knows of nothing or of less.
  const std::string other = "{\"image\":\"elsewhere.png\",\"label\":\"free\"}\n";
  WriteText(w("out.jsonl"), json_lines + other);
  for (const char* journal : {"", "[\"1.ppm\",\"1-2-3.4\",[1,0],[1,0]]\n",
                              "[\"vitrt-watch\",2]\n[\"9.ppm\",\"1\",\"a\",\"b\",[1,0],[1,0]]\n"}) {
    WriteText(w("journal"), journal);
    const std::string before = ReadText(w("out.jsonl"));
    REQUIRE(w.Once().code == 0);
    CHECK(ReadText(w("out.jsonl")).starts_with(before));
    CHECK(ReadText(w("out.csv")).starts_with(csv));
  }
}

TEST_CASE("two watchers, two folders, one file: no line lost, none broken, rotated or not") {
  for (const char* size : {"0", "0.004"}) {
    const Site w;
    fs::create_directory(w("other"));
    constexpr int kImages = 40;
    const std::vector<std::string> rotate =
        size[1] == '\0' ? std::vector<std::string>{} : std::vector<std::string>{"--out-max-mb", size};
    {
      Running first(w.Arguments(rotate)), second(w.Arguments(rotate, "other", "journal2"));
      for (int i = 0; i < kImages; ++i) {
        w.Deliver(std::to_string(i) + ".ppm");
        w.Deliver(std::to_string(i) + ".ppm", "other");
      }
      const auto all = [&] {
        return !first.out().empty() && Lines(first.out()).size() + Lines(second.out()).size() == 2 * kImages;
      };
      CHECK(Eventually(all));
      first.Signal(SIGTERM);
      second.Signal(SIGTERM);
      CHECK(first.Wait().code == 0);
      CHECK(second.Wait().code == 0);
    }
    std::map<std::string, int> seen;
    size_t rows = 0;
    for (const auto& entry : fs::directory_iterator(w.folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("out.jsonl")) {
        for (const std::string& line : Lines(ReadText(entry.path().string()))) ++seen[json::parse(line)["image"]];
      } else if (name.starts_with("out.csv")) {
        const auto lines = Lines(ReadText(entry.path().string()));
        CHECK(lines[0].starts_with("image,"));
        rows += lines.size() - 1;
      }
    }
    CHECK(seen.size() == 2 * kImages);
    for (const auto& [image, times] : seen) CHECK(times == 1);
    CHECK(rows == 2 * kImages);
    CHECK(fs::exists(w("out.jsonl.1")) == (size[1] != '\0'));
  }
}

TEST_CASE("killed between any two of its writes, an image is completed: not lost, not twice") {
  const Site w;
  w.Deliver("1.ppm");
  w.Deliver("2.ppm");
  REQUIRE(w.Once().code == 0);
  const auto lines = Lines(ReadText(w("out.jsonl"))), rows = Lines(ReadText(w("out.csv"))),
             journal = Lines(ReadText(w("journal")));
  REQUIRE(lines.size() == 2);
  REQUIRE(rows.size() == 3);
  REQUIRE(journal.size() == 5);  // its first line, then begun and done for each
  const struct {
    size_t journal, lines, rows;
    const char* what;
  } cases[] = {{3, 1, 2, "before it began"},
               {4, 1, 2, "begun, nothing written"},
               {4, 2, 2, "the JSON line written"},
               {4, 2, 3, "both written, not done"}};
  for (const auto& c : cases) {
    CAPTURE(c.what);
    WriteText(w("journal"), Joined(journal, c.journal));
    // In place, so that the inodes stay those that the journal knows.
    WriteText(w("out.jsonl"), Joined(lines, c.lines));
    WriteText(w("out.csv"), Joined(rows, c.rows));
    const Finished f = w.Once();
    REQUIRE_MESSAGE(f.code == 0, f.err);
    CHECK(w.Classified() == std::map<std::string, int>{{w("in/1.ppm"), 1}, {w("in/2.ppm"), 1}});
    const auto now = Lines(ReadText(w("out.csv")));
    REQUIRE(now.size() == 3);
    CHECK(now[2].starts_with(w("in/2.ppm") + ","));
    CHECK(Lines(ReadText(w("journal"))).size() >= 5);
    CHECK(w.Once().err.find("classified 0 images") != std::string::npos);
  }
}

TEST_CASE("touch makes no image new, new bytes do") {
  const Site w;
  w.Deliver("1.ppm");
  REQUIRE(w.Once().code == 0);
  fs::last_write_time(w("in/1.ppm"), fs::last_write_time(w("in/1.ppm")) + std::chrono::hours(1));
  CHECK(w.Once().err.find("classified 0 images") != std::string::npos);
  fs::copy_file(w("in/1.ppm"), w("in/part"));
  fs::rename(w("in/part"), w("in/1.ppm"));  // another inode, the same bytes
  CHECK(w.Once().err.find("classified 0 images") != std::string::npos);
  WriteText(w("in/1.ppm"), ReadText(w("in/1.ppm")) + "other");
  CHECK(w.Once().err.find("classified 1 images") != std::string::npos);
  CHECK(w.Classified()[w("in/1.ppm")] == 2);
}

TEST_CASE("the journal is not in the folder, that of 0.1.0 there is taken over, with the image that it had begun") {
  const Site w;
  const std::vector<std::string> arguments = {"watch",     w("two.plan"), w("in"),  "--json-out", w("out.jsonl"),
                                              "--csv-out", w("out.csv"),  "--once", "--settle",   "0.1"};
  for (const char* name : {"1.ppm", "2.ppm", "3.ppm"}) w.Deliver(name);
  const auto id = [&](const std::string& name) {
    struct stat s;
    REQUIRE(stat(w("in/" + name).c_str(), &s) == 0);
    return std::to_string(s.st_ino) + "-" + std::to_string(s.st_size) + "-" + std::to_string(s.st_mtim.tv_sec) + "." +
           std::to_string(s.st_mtim.tv_nsec);
  };
  // 0.1.0: image 1 done; of image 2 the JSON line written, then killed.
  const std::string old_line = "{\"image\":\"" + w("in/1.ppm") + "\",\"label\":\"free\"}\n";
  WriteText(w("out.jsonl"), old_line + "{\"image\":\"" + w("in/2.ppm") + "\",\"label\":\"free\"}\n");
  WriteText(w("out.csv"), "image,label,class,probability\n" + w("in/1.ppm") + ",free,0,1\n");
  struct stat s, c;
  REQUIRE(stat(w("out.jsonl").c_str(), &s) == 0);
  REQUIRE(stat(w("out.csv").c_str(), &c) == 0);
  WriteText(w("in/.vitrt-watch"),
            json({"1.ppm", id("1.ppm"), {s.st_ino, old_line.size()}, {c.st_ino, c.st_size}}).dump() + "\n");
  const Finished f = RunVitrt(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  CHECK(f.err.find("took over the journal") != std::string::npos);
  CHECK(w.Classified() == std::map<std::string, int>{{w("in/1.ppm"), 1}, {w("in/2.ppm"), 1}, {w("in/3.ppm"), 1}});
  CHECK(Lines(ReadText(w("out.csv"))).size() == 3);  // other columns now: the old file is out.csv.1
  CHECK(Lines(ReadText(w("out.csv.1"))).size() == 2);
  fs::remove(w("in/.vitrt-watch"));
  CHECK(RunVitrt(arguments).err.find("classified 0 images") != std::string::npos);
  CHECK(fs::directory_iterator(w("in")) != fs::directory_iterator());
  for (const auto& entry : fs::directory_iterator(w("in"))) CHECK(entry.path().extension() == ".ppm");
}

TEST_CASE("a journal that is a link or somebody's file is refused, a bad line in it is skipped and said") {
  const Site w;
  WriteText(w("labels.txt"), "crack\nhole\n");
  fs::create_symlink(w("labels.txt"), w("link"));
  CHECK(RunVitrt(w.Arguments({"--once"}, "in", "labels.txt")).code == 2);
  CHECK(RunVitrt(w.Arguments({"--once"}, "in", "link")).code == 2);
  CHECK(ReadText(w("labels.txt")) == "crack\nhole\n");
  w.Deliver("1.ppm");
  WriteText(w("journal"), "[\"vitrt-watch\",2]\nnonsense\n[\"../../etc/passwd\",\"1\",\"\"]\n");
  const Finished f = w.Once();
  CHECK(f.code == 0);
  CHECK(f.err.find("skipped 2 lines that are not a journal's") != std::string::npos);
  CHECK(f.err.find("classified 1 images") != std::string::npos);
}

TEST_CASE("files that went before their turn and sub-folders are counted and said") {
  const Site w;
  fs::create_directory(w("in/sub"));
  std::vector<std::string> arguments = w.Arguments();
  *std::find(arguments.begin(), arguments.end(), "0.1") = "0.5";
  Running watch(arguments);
  REQUIRE(Eventually([&] { return watch.err().find("sub-folders are left alone: 1") != std::string::npos; }));
  fs::create_directory(w("in/sub2"));
  REQUIRE(Eventually([&] { return watch.err().find("sub-folders are left alone: 2") != std::string::npos; }));
  fs::create_hard_link(w("a.ppm"), w("in/gone.ppm"));  // nobody was seen to close it: it has to settle
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  fs::remove(w("in/gone.ppm"));
  fs::create_hard_link(w("a.ppm"), w("in/renamed.ppm"));
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  fs::rename(w("in/renamed.ppm"), w("in/stays.ppm"));
  REQUIRE(Eventually([&] { return w.Classified().size() == 1; }));
  watch.Signal(SIGTERM);
  const Finished f = watch.Wait();
  CHECK(f.code == 0);
  CHECK(f.err.find("removed before they were read 1,") != std::string::npos);
  CHECK(f.err.find("sub-folders left alone 2") != std::string::npos);
}

TEST_CASE("a file that may not be read yet is tried again") {
  const Site w;
  WriteText(w("out.jsonl"), "");
  WriteText(w("out.csv"), "");
  w.Deliver("1.ppm");
  fs::permissions(w("in/1.ppm"), fs::perms::none);
  for (const char* path : {"", "in", "out.jsonl", "out.csv"}) fs::permissions(w(path), fs::perms::all);
  // Root may read everything, so the program runs as somebody who may not.
  std::string command = geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  for (const std::string& part : w.Arguments())
    command += part == "watch" ? std::getenv("VITRT_PROGRAM") + std::string(" watch") : " " + part;
  fs::permissions(fs::path(w.folder).parent_path(), fs::perms::all);
  FILE* watch = popen((command + " >/dev/null 2>" + w("err") + " & echo $!").c_str(), "r");
  REQUIRE(watch != nullptr);
  int pid = 0;
  REQUIRE(fscanf(watch, "%d", &pid) == 1);
  pclose(watch);
  CHECK(Eventually([&] { return ReadText(w("err")).find("tried again until it can be read") != std::string::npos; }));
  CHECK(ReadText(w("out.jsonl")).empty());
  fs::permissions(w("in/1.ppm"), fs::perms::all);
  CHECK(Eventually([&] { return w.Classified().size() == 1; }));
  kill(pid, SIGTERM);
  CHECK(Eventually([&] {
    return ReadText(w("err")).find("classified 1 images, refused 0, could not read 0") != std::string::npos;
  }));
}

TEST_CASE("files that are renamed away are opened anew, at SIGHUP or before the next line") {
  const Site w;
  Running watch(w.Arguments());
  w.Deliver("1.ppm");
  REQUIRE(Eventually([&] { return Lines(ReadText(w("out.csv"))).size() == 2; }));
  fs::rename(w("out.jsonl"), w("out.jsonl-20260304"));
  fs::rename(w("out.csv"), w("out.csv-20260304"));
  watch.Signal(SIGHUP);
  CHECK(Eventually([&] { return fs::exists(w("out.jsonl")) && fs::exists(w("out.csv")); }));
  w.Deliver("2.ppm");
  CHECK(Eventually([&] { return Lines(ReadText(w("out.csv"))).size() == 2; }));
  CHECK(Lines(ReadText(w("out.jsonl"))).size() == 1);
  CHECK(Lines(ReadText(w("out.jsonl-20260304"))).size() == 1);
  watch.Signal(SIGTERM);
  CHECK(watch.Wait().code == 0);
}

TEST_CASE(
    "a second watcher of the folder is refused, also with another state folder, unless it has a journal of its own") {
  const Site w;
  const std::vector<std::string> arguments = {"watch",        w("two.plan"), w("in"), "--json-out",
                                              w("out.jsonl"), "--settle",    "0.1"};
  Running watch(arguments);
  REQUIRE(Eventually([&] { return fs::exists(w("out.jsonl")); }));
  setenv("XDG_STATE_HOME", w("state").c_str(), 1);  // MakeWorkspace sets it anew
  std::vector<std::string> once = arguments;
  once.push_back("--once");
  const Finished second = RunVitrt(once);
  CHECK(second.code == 1);
  CHECK(second.err.find("another vitrt watch") != std::string::npos);
  CHECK(w.Once().code == 0);
}

TEST_CASE("an output in the folder that has an image's name is refused") {
  const Site w;
  CHECK(RunVitrt({"watch", w("two.plan"), w("in"), "--once", "--journal", w("journal"), "--json-out", w("in/x.png")})
            .code == 2);
  CHECK(!fs::exists(w("in/x.png")));
}

}  // namespace
}  // namespace vitrt::test
