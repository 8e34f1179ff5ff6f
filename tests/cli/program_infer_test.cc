#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "doctest/doctest.h"
#include "runtime/cli/infer/npy.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

cli::NpyTensor ReadNpy(const std::string& path) {
  const std::string text = ReadText(path);
  auto tensor = cli::ParseNpy(std::as_bytes(std::span(text)));
  REQUIRE_MESSAGE(tensor.ok(), path);
  return *tensor;
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("vitrt infer: one JSON line an image, with every key") {
  const Workspace w = MakeWorkspace();
  const Finished f = RunVitrt({"infer", w("two.plan"), w("a.ppm"), w("b.pgm"), "--json", "--top", "3"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const auto lines = Lines(f.out);
  REQUIRE(lines.size() == 2);
  for (const std::string& line : lines) {
    const json j = json::parse(line);
    for (const char* key : {"image", "label", "class", "probability", "confidence", "exit", "top", "ms", "flags"})
      CHECK(j.contains(key));
    CHECK(j["exit"]["name"] == "final");
    CHECK(j["top"].size() == 3);
    CHECK(j["top"][0]["label"] == j["label"]);
  }
  CHECK(json::parse(lines[0])["image"] == w("a.ppm"));
}

TEST_CASE("vitrt infer: --exit and --threshold choose the exit") {
  const Workspace w = MakeWorkspace();
  const struct {
    std::vector<std::string> options;
    const char* exit;
  } cases[] = {{{"--exit", "early"}, "early"},
               {{"--exit", "last"}, "final"},
               {{"--threshold", "0"}, "early"},
               {{"--threshold", "early=1.5"}, "final"},
               {{"--threshold", "0", "--exit-policy", "entropy"}, "early"}};
  for (const auto& c : cases) {
    std::vector<std::string> arguments = {"infer", w("two.plan"), w("a.ppm"), "--json"};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const Finished f = RunVitrt(arguments);
    REQUIRE_MESSAGE(f.code == 0, f.err);
    CHECK(json::parse(f.out)["exit"]["name"] == c.exit);
  }
}

TEST_CASE("vitrt infer: bad images are reported, the good ones classified, the exit code is 4") {
  const Workspace w = MakeWorkspace();
  std::filesystem::create_directory(w("in"));
  for (const char* name : {"in/3.ppm", "in/1.ppm"}) std::filesystem::copy(w("a.ppm"), w(name));
  WriteText(w("in/2.png"), "");
  WriteText(w("in/readme.txt"), "text");
  const Finished f = RunVitrt({"infer", w("two.plan"), w("in")});
  CHECK(f.code == 4);
  CHECK(f.one_error());
  CHECK(f.err.find(w("in/2.png")) != std::string::npos);
  CHECK(f.err.find("skipped 1 file") != std::string::npos);
  const auto lines = Lines(f.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with(w("in/1.ppm")));
  CHECK(lines[1].starts_with(w("in/3.ppm")));
  for (const char* name : {"missing.ppm", "in/2.png", "in/readme.txt", "in/none"}) {
    const Finished bad = RunVitrt({"infer", w("two.plan"), w(name)});
    CHECK(bad.code == 4);
    CHECK(bad.one_error());
  }
}

TEST_CASE("vitrt infer: CSV quotes what needs it") {
  const Workspace w = MakeWorkspace();
  std::filesystem::copy(w("a.ppm"), w("one, two.ppm"));
  const Finished f = RunVitrt({"infer", w("two.plan"), w("one, two.ppm"), "--csv"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const auto lines = Lines(f.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("image,label,class,"));
  CHECK(lines[1].starts_with("\"" + w("one, two.ppm") + "\","));
}

TEST_CASE("vitrt infer: the dumped input, run as a tensor, gives the same prediction") {
  const Workspace w = MakeWorkspace();
  const Finished image = RunVitrt({"infer", w("two.plan"), w("a.ppm"), "--dump-input", w("x.npy"), "--json"});
  REQUIRE_MESSAGE(image.code == 0, image.err);
  CHECK(ReadNpy(w("x.npy")).shape == std::vector<int64_t>{1, 3, 8, 8});
  const Finished tensor = RunVitrt({"infer", w("two.plan"), "--tensor", w("x.npy"), "--json"});
  REQUIRE_MESSAGE(tensor.code == 0, tensor.err);
  const json a = json::parse(image.out), b = json::parse(tensor.out);
  for (const char* key : {"label", "probability", "confidence", "exit", "top"}) CHECK(a[key] == b[key]);
}

TEST_CASE("vitrt infer: a tensor's logits, for any batch, thread count and tier the same") {
  const Workspace w = MakeWorkspace();
  for (const int n : {1, 3, 8, 11}) {  // the plan takes 8 at once
    WriteInput(w("x.npy"), n);
    std::vector<float> first;
    for (const char* threads : {"1", "2"}) {
      std::filesystem::remove_all(w("o"));
      const Finished f = RunVitrt({"infer", w("two.plan"), "--tensor", w("x.npy"), "--outputs", w("o"), "--all-exits",
                                   "--threads", threads, "--isa", "sse41"});
      REQUIRE_MESSAGE(f.code == 0, f.err);
      CHECK(FilesIn(w("o")) == std::vector<std::string>{"early.npy", "final.npy"});
      const cli::NpyTensor logits = ReadNpy(w("o/final.npy"));
      CHECK(logits.shape == std::vector<int64_t>{n, 5});
      if (first.empty()) first = logits.values;
      CHECK(logits.values == first);
    }
  }
}

TEST_CASE("vitrt infer: files of the exits taken, NaN where another exit was taken") {
  const Workspace w = MakeWorkspace();
  WriteInput(w("x.npy"), 8);
  REQUIRE(RunVitrt({"infer", w("two.plan"), "--tensor", w("x.npy"), "--outputs", w("all"), "--all-exits"}).code == 0);
  const cli::NpyTensor early = ReadNpy(w("all/early.npy")), final = ReadNpy(w("all/final.npy"));
  std::vector<float> confidence;
  const Finished forced = RunVitrt({"infer", w("two.plan"), "--tensor", w("x.npy"), "--exit", "early", "--json"});
  for (const std::string& line : Lines(forced.out)) confidence.push_back(json::parse(line)["confidence"].get<float>());
  REQUIRE(confidence.size() == 8);
  std::vector<float> sorted = confidence;
  std::sort(sorted.begin(), sorted.end());
  const float threshold = (sorted[3] + sorted[4]) / 2;

  const Finished f = RunVitrt(
      {"infer", w("two.plan"), "--tensor", w("x.npy"), "--outputs", w("o"), "--threshold", std::to_string(threshold)});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const cli::NpyTensor some_early = ReadNpy(w("o/early.npy")), some_final = ReadNpy(w("o/final.npy"));
  CHECK(some_early.shape == std::vector<int64_t>{8, 5});
  for (size_t i = 0; i < 8; ++i) {
    const bool leaves = confidence[i] >= threshold;
    for (size_t c = 5 * i; c < 5 * i + 5; ++c) {
      CHECK(std::isnan(some_early.values[c]) == !leaves);
      CHECK(std::isnan(some_final.values[c]) == leaves);
      CHECK((leaves ? some_early.values[c] == early.values[c] : some_final.values[c] == final.values[c]));
    }
  }
  REQUIRE(RunVitrt({"infer", w("two.plan"), "--tensor", w("x.npy"), "--outputs", w("one"), "--exit", "early"}).code ==
          0);
  CHECK(FilesIn(w("one")) == std::vector<std::string>{"early.npy"});
}

TEST_CASE("vitrt infer: a tensor that does not fit is exit code 4 and writes nothing") {
  const Workspace w = MakeWorkspace();
  const std::vector<float> values(3 * 5 * 5);
  const std::vector<int64_t> shape = {1, 3, 5, 5};
  const auto wrong = cli::EncodeNpy("<f4", shape, std::as_bytes(std::span(values)));
  WriteText(w("shape.npy"), {reinterpret_cast<const char*>(wrong.data()), wrong.size()});
  WriteText(w("text.npy"), "text");
  for (const char* name : {"shape.npy", "text.npy", "missing.npy"}) {
    const Finished f = RunVitrt({"infer", w("two.plan"), "--tensor", w(name), "--outputs", w("o")});
    CAPTURE(f.err);
    CHECK(f.code == 4);
    CHECK(f.one_error());
    CHECK(!std::filesystem::exists(w("o")));
  }
}

TEST_CASE("vitrt infer: an output that cannot be written is an error") {
  const Workspace w = MakeWorkspace();
  WriteInput(w("x.npy"), 1);
  WriteText(w("file"), "");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"infer", w("two.plan"), "--tensor", w("x.npy"), "--outputs", w("file/o")},
        std::vector<std::string>{"infer", w("two.plan"), w("a.ppm"), "--dump-input", w("nowhere/x.npy")}}) {
    const Finished f = RunVitrt(arguments);
    CHECK(f.code == 1);
    CHECK(f.one_error());
  }
}

}  // namespace
}  // namespace vitrt::test
