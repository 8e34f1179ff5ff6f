#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "doctest/doctest.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

std::vector<json> JsonLines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<json> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST_CASE("vitrt infer --log: one line per image, refused images too, with the options in force") {
  const Workspace w = MakeWorkspace();
  WriteText(w("bad.png"), "");
  const Finished f = RunVitrt({"infer", w("two.plan"), w("a.ppm"), w("bad.png"), w("b.pgm"), "--json", "--threshold",
                               "0", "--shadow", "1", "--log", w("run.jsonl"), "--threads", "1"});
  CHECK(f.code == 4);
  const auto predictions = JsonLines(f.out), log = JsonLines(ReadText(w("run.jsonl")));
  REQUIRE(predictions.size() == 2);
  REQUIRE(log.size() == 3);
  CHECK(log[0]["image"] == w("a.ppm"));
  for (const char* key : {"label", "class", "probability", "confidence", "exit", "flags"})
    CHECK(log[0][key] == predictions[0][key]);
  CHECK(log[0]["plan"].get<std::string>().size() == 64);
  CHECK(log[0]["image_xxh3"] != log[2]["image_xxh3"]);
  CHECK(log[0]["options"]["policy"] == "max-prob");
  CHECK(log[0]["options"]["thresholds"] == json::array({0.0}));
  CHECK(log[0]["options"]["threads"] == 1);
  CHECK(log[0]["input"]["deviation"].get<double>() > 0);
  CHECK(!log[1]["error"].get<std::string>().empty());

  // The shadow is the prediction of a run forced to the last exit.
  const auto last = JsonLines(RunVitrt({"infer", w("two.plan"), w("a.ppm"), "--json", "--exit", "last"}).out);
  CHECK(log[0]["exit"]["name"] == "early");
  CHECK(log[0]["shadow"]["class"] == last[0]["class"]);
  CHECK(log[0]["shadow"]["confidence"] == last[0]["confidence"]);
}

TEST_CASE("vitrt infer --log: appends to an existing file, and rotates") {
  const Workspace w = MakeWorkspace();
  for (int i = 0; i < 6; ++i) {
    REQUIRE(RunVitrt({"infer", w("two.plan"), w("a.ppm"), "--log", w("run.jsonl"), "--log-max-mb", "0.001",
                      "--log-keep", "2"})
                .code == 0);
  }
  size_t lines = 0;
  for (const char* name : {"run.jsonl", "run.jsonl.1", "run.jsonl.2"}) {
    const auto part = JsonLines(ReadText(w(name)));
    CHECK(!part.empty());
    lines += part.size();
  }
  CHECK(lines <= 6);
  CHECK(!std::filesystem::exists(w("run.jsonl.3")));
}

TEST_CASE("vitrt infer --metrics: totals in a file that is always whole") {
  const Workspace w = MakeWorkspace();
  const Finished f =
      RunVitrt({"infer", w("two.plan"), w("a.ppm"), w("b.pgm"), "--threshold", "0", "--metrics", w("vitrt.prom")});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const std::string text = ReadText(w("vitrt.prom"));
  CHECK(text.find("vitrt_confidence_count{exit=\"early\"} 2\n") != std::string::npos);
  CHECK(text.back() == '\n');
  for (const auto& entry : std::filesystem::directory_iterator(w.folder))
    CHECK(entry.path().filename().string().find("vitrt.prom.") == std::string::npos);
}

TEST_CASE("vitrt infer --log: on a full disk every image is classified, and the loss is an error at the end") {
  const Workspace w = MakeWorkspace();
  const Finished f = RunVitrt({"infer", w("two.plan"), w("a.ppm"), w("b.pgm"), "--json", "--log", "/dev/full"});
  CHECK(f.code == 1);
  CHECK(f.one_error());
  CHECK(f.err.find("2 predictions could not be logged (/dev/full)") != std::string::npos);
  CHECK(JsonLines(f.out).size() == 2);
}

TEST_CASE("vitrt infer: audit options that make no sense are exit code 2") {
  const Workspace w = MakeWorkspace();
  WriteInput(w("x.npy"), 1);
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{w("a.ppm"), "--shadow", "0.5"}, std::vector<std::string>{w("a.ppm"), "--shadow", "2"},
        std::vector<std::string>{"--tensor", w("x.npy"), "--log", w("run.jsonl")}}) {
    std::vector<std::string> arguments = {"infer", w("two.plan")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished f = RunVitrt(arguments);
    CHECK(f.code == 2);
    CHECK(f.one_error());
  }
}

}  // namespace
}  // namespace vitrt::test
