// vitrt watch as a factory has it: slow writers, kills, restarts, new plans, bad files.
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
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
using std::chrono::milliseconds;

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Site : Workspace {
  Site() : Workspace(MakeWorkspace()) { fs::create_directory((*this)("in")); }

  std::vector<std::string> Arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"watch",     (*this)("two.plan"), (*this)("in"), "--json-out", (*this)("out.jsonl"),
                                    "--csv-out", (*this)("out.csv"),  "--settle",    "0.1",        "--threads",
                                    "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  // As a good camera does: under another name, then renamed.
  void Deliver(const std::string& name) const {
    fs::copy_file((*this)("a.ppm"), (*this)("in/part"), fs::copy_options::overwrite_existing);
    fs::rename((*this)("in/part"), (*this)("in/" + name));
  }
  std::vector<json> Records() const {
    std::vector<json> records;
    for (const std::string& line : Lines(ReadText((*this)("out.jsonl")))) records.push_back(json::parse(line));
    return records;
  }
};

// True once `condition` holds; gives up after a minute.
template <typename F>
bool Eventually(F&& condition) {
  for (int i = 0; i < 6000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST_CASE("vitrt watch --once: every image once, in JSON lines and CSV, a second run has nothing to do") {
  const Site w;
  for (const char* name : {"1.ppm", "2.ppm", "3.ppm"}) w.Deliver(name);
  WriteText(w("in/readme.txt"), "text");
  const Finished first = RunVitrt(w.Arguments({"--once", "--json"}));
  REQUIRE_MESSAGE(first.code == 0, first.err);
  CHECK(first.out == ReadText(w("out.jsonl")));
  REQUIRE(w.Records().size() == 3);
  CHECK(w.Records()[0]["image"] == w("in/1.ppm"));
  CHECK(w.Records()[0]["exit"]["name"] == "final");
  const auto csv = Lines(ReadText(w("out.csv")));
  REQUIRE(csv.size() == 4);
  CHECK(csv[0].starts_with("image,label,"));
  CHECK(csv[3].starts_with(w("in/3.ppm") + ","));

  const Finished second = RunVitrt(w.Arguments({"--once"}));
  CHECK(second.code == 0);
  CHECK(second.out.empty());
  WriteText(w("in/2.ppm"), ReadText(w("a.ppm")) + "other bytes");  // the same name, a new picture
  CHECK(RunVitrt(w.Arguments({"--once"})).code == 0);
  CHECK(w.Records().size() == 4);
}

TEST_CASE("vitrt watch: bad files are reported once, as lines too, and do not stop it") {
  const Site w;
  const std::string whole = ReadText(w("a.ppm"));
  WriteText(w("in/cut.ppm"), whole.substr(0, whole.size() / 2));
  WriteText(w("in/empty.png"), "");
  w.Deliver("good.ppm");
  const Finished f = RunVitrt(w.Arguments({"--once", "--log", w("run.jsonl")}));
  CHECK(f.code == 4);
  CHECK(f.err.find("classified 1 images, refused 2") != std::string::npos);
  std::map<std::string, bool> classified;
  for (const json& line : w.Records()) classified[line["image"]] = !line.contains("error");
  CHECK(classified ==
        std::map<std::string, bool>{{w("in/cut.ppm"), false}, {w("in/empty.png"), false}, {w("in/good.ppm"), true}});
  CHECK(Lines(ReadText(w("run.jsonl"))).size() == 3);
  CHECK(RunVitrt(w.Arguments({"--once"})).err.find("refused 0") != std::string::npos);
  WriteText(w("in/cut.ppm"), whole);
  CHECK(RunVitrt(w.Arguments({"--once"})).code == 0);
  CHECK(w.Records().back()["image"] == w("in/cut.ppm"));
  CHECK(!w.Records().back().contains("error"));
}

TEST_CASE("vitrt watch: a slow writer's file is classified when it is whole, SIGTERM ends the work cleanly") {
  const Site w;
  Running watch(w.Arguments());
  const std::string whole = ReadText(w("a.ppm"));
  {
    std::ofstream slow(w("in/slow.ppm"), std::ios::binary);
    for (size_t at = 0; at < whole.size(); at += 64) {
      slow << whole.substr(at, 64) << std::flush;
      std::this_thread::sleep_for(milliseconds(15));
    }
    CHECK(w.Records().empty());
  }
  CHECK(Eventually([&] { return w.Records().size() == 1; }));
  watch.Signal(SIGTERM);
  const Finished f = watch.Wait();
  CHECK(f.code == 0);
  CHECK(f.err.find("classified 1 images, refused 0") != std::string::npos);
  CHECK(!w.Records()[0].contains("error"));
}

TEST_CASE("vitrt watch: kill -9 again and again loses no image and repeats none") {
  const Site w;
  constexpr int kImages = 120;
  int delivered = 0;
  for (int round = 0; round < 12; ++round) {
    Running watch(w.Arguments());
    for (int i = 0; i < kImages / 12; ++i, ++delivered) {
      w.Deliver(std::to_string(delivered) + ".ppm");
      std::this_thread::sleep_for(milliseconds(1));
    }
    std::this_thread::sleep_for(milliseconds(round * 7));
    watch.Signal(SIGKILL);
    watch.Wait();
  }
  REQUIRE(RunVitrt(w.Arguments({"--once"})).code == 0);
  std::map<std::string, int> times;
  for (const json& line : w.Records()) ++times[line["image"]];
  CHECK(times.size() == kImages);
  for (const auto& image : times) {
    CAPTURE(image.first);
    CHECK(image.second == 1);
  }
  CHECK(Lines(ReadText(w("out.csv"))).size() == kImages + 1);
}

TEST_CASE("vitrt watch: a plan renamed over the old one is picked up and noted, a broken one is not") {
  const Site w;
  Running watch(w.Arguments({"--log", w("run.jsonl")}));
  w.Deliver("1.ppm");
  REQUIRE(Eventually([&] { return w.Records().size() == 1; }));

  WriteText(w("broken.plan"), "not a plan");
  fs::rename(w("broken.plan"), w("two.plan"));
  REQUIRE(Eventually([&] { return watch.err().find("the new plan is not used") != std::string::npos; }));
  w.Deliver("2.ppm");
  REQUIRE(Eventually([&] { return w.Records().size() == 2; }));

  TestPlan plan = TwoExitPlan(-1.0f);  // leaves at the first exit
  plan.TakeImages(8, 8, 0.5f, 0.5f);
  plan.Write(w("new.plan"));
  fs::rename(w("new.plan"), w("two.plan"));
  REQUIRE(Eventually([&] { return watch.err().find("plan replaced") != std::string::npos; }));
  w.Deliver("3.ppm");
  REQUIRE(Eventually([&] { return w.Records().size() == 3; }));
  const auto records = w.Records();
  CHECK(records[0]["exit"]["name"] == "final");
  CHECK(records[1]["exit"]["name"] == "final");
  CHECK(records[2]["exit"]["name"] == "early");
  watch.Signal(SIGINT);
  CHECK(watch.Wait().code == 0);
  const auto log = Lines(ReadText(w("run.jsonl")));
  REQUIRE(log.size() == 3);
  CHECK(json::parse(log[0])["plan"] == json::parse(log[1])["plan"]);
  CHECK(json::parse(log[1])["plan"] != json::parse(log[2])["plan"]);
}

TEST_CASE("vitrt watch: wrong use") {
  const Site w;
  CHECK(RunVitrt({"watch", w("two.plan")}).code == 2);
  CHECK(RunVitrt({"watch", w("two.plan"), w("in"), "--settle", "0"}).code == 2);
  CHECK(RunVitrt({"watch", w("two.plan"), w("nowhere"), "--once"}).code == 4);
  CHECK(RunVitrt({"watch", w("nowhere.plan"), w("in"), "--once"}).code == 3);
  Running watch(w.Arguments());
  REQUIRE(Eventually([&] { return fs::exists(w("out.jsonl")); }));
  const Finished second = RunVitrt(w.Arguments({"--once"}));
  CHECK(second.code == 1);
  CHECK(second.err.find("another vitrt watch") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test
