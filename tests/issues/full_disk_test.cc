// Issue: on a full disk the counts on stderr, in the metrics and in the files did not agree.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;

int64_t Metric(const std::string& text, const std::string& name) {
  const size_t at = text.find("\n" + name + " ");
  return at == text.npos ? -1 : std::atoll(text.c_str() + at + name.size() + 2);
}

int64_t Classified(const std::string& metrics) {
  int64_t sum = 0;
  for (size_t at = 0; (at = metrics.find("\nvitrt_images_total{", at)) != metrics.npos; ++at) {
    sum += std::atoll(metrics.c_str() + metrics.find("} ", at) + 2);
  }
  return sum;
}

int64_t LineCount(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

// The command in a shell that lets no file grow beyond so many blocks of 512 bytes; the signal for it is ignored.
Finished Limited(int blocks, const Workspace& w, const std::string& command, const std::string& out) {
  const std::string limited =
      "trap '' XFSZ; ulimit -f " + std::to_string(blocks) + "; " + command + " >" + out + " 2>" + w("err");
  const int status = std::system(limited.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, fs::is_regular_file(out) ? ReadText(out) : "",
          ReadText(w("err"))};
}

std::string Vitrt() { return std::getenv("VITRT_PROGRAM"); }

constexpr int kImages = 60;

std::string ManyTimes(const std::string& image) {
  std::string text;
  for (int i = 0; i < kImages; ++i) text += " " + image;
  return text;
}

TEST_CASE("infer --log: lines lost are counted alike on stderr and in the metrics, the others are in the file") {
  const Workspace w = MakeWorkspace();
  const Finished f = Limited(24, w,
                             Vitrt() + " infer " + w("two.plan") + ManyTimes(w("a.ppm")) + " --log " + w("run.jsonl") +
                                 " --metrics " + w("m.prom"),
                             w("out"));
  CHECK(f.code == 1);
  CHECK(LineCount(f.out) == kImages);
  const std::string metrics = ReadText(w("m.prom")), log = ReadText(w("run.jsonl"));
  const int64_t lost = Metric(metrics, "vitrt_log_lines_lost_total");
  CHECK(lost > 0);
  CHECK(LineCount(log) + lost == kImages);
  CHECK(log.back() == '\n');
  CHECK(Classified(metrics) == kImages);
  CHECK(f.err.find(std::to_string(lost) + " predictions could not be logged") != std::string::npos);
}

TEST_CASE("infer to a full disk ends there: what is counted is what was printed") {
  const Workspace w = MakeWorkspace();
  const std::string arguments = Vitrt() + " infer " + w("two.plan") + ManyTimes(w("a.ppm")) + " --metrics " +
                                w("m.prom") + " --log " + w("run.jsonl");
  const Finished f = Limited(100000, w, arguments, "/dev/full");
  CHECK(f.code == 1);
  CHECK(f.err.find("ended after 0 of 60 images") != std::string::npos);
  CHECK(f.err.find("standard output") != std::string::npos);
  CHECK(Classified(ReadText(w("m.prom"))) == 0);
  CHECK(ReadText(w("run.jsonl")).empty());
}

TEST_CASE("watch waits for room: it reports as many images as there are records in the files") {
  const Workspace w = MakeWorkspace();
  fs::create_directory(w("in"));
  for (int i = 0; i < kImages; ++i) fs::copy_file(w("a.ppm"), w("in/" + std::to_string(i) + ".ppm"));
  const std::string arguments = "timeout -s TERM 4 " + Vitrt() + " watch " + w("two.plan") + " " + w("in") +
                                " --settle 0.05 --journal " + w("journal") + " --json-out " + w("out.jsonl") +
                                " --csv-out " + w("out.csv") + " --metrics " + w("m.prom");
  const Finished f = Limited(24, w, arguments, w("out"));
  CHECK(f.code == 124);
  CHECK(f.err.find("trying again until it can be written") != std::string::npos);
  const int64_t records = LineCount(f.out);
  CHECK(records > 0);
  CHECK(records < kImages);
  CHECK(f.err.find("classified " + std::to_string(records) + " images") != std::string::npos);
  CHECK(Classified(ReadText(w("m.prom"))) == records);
  const std::string json = ReadText(w("out.jsonl")), csv = ReadText(w("out.csv"));
  CHECK(json.back() == '\n');
  CHECK(csv.back() == '\n');
  CHECK(LineCount(json) - records <= 1);  // one in hand may be in one of the two
  CHECK(LineCount(csv) - 1 - records <= 1);

  const Finished rest = RunVitrt({"watch", w("two.plan"), w("in"), "--once", "--settle", "0.05", "--journal",
                                  w("journal"), "--json-out", w("out.jsonl"), "--csv-out", w("out.csv")});
  CHECK(rest.code == 0);
  const std::string all = ReadText(w("out.jsonl"));
  CHECK(LineCount(all) == kImages);
  CHECK(LineCount(ReadText(w("out.csv"))) == kImages + 1);
  for (int i = 0; i < kImages; ++i) {
    const std::string name = "/" + std::to_string(i) + ".ppm\"";
    CHECK(all.find(name) != all.npos);
    CHECK(all.find(name) == all.rfind(name));
  }
}

}  // namespace
}  // namespace vitrt::test
