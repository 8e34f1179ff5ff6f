// Issue: a FIFO that nobody writes to was waited for where only a regular file is read in the end, and a text without an end
// (/dev/zero) was read until memory ended.
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "tests/cli/labelled_set.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a FIFO or a device as a plan, an image or a tensor is refused at once") {
  const Workspace w = MakeWorkspace();
  const std::string plan = w("two.plan"), image = w("a.ppm"), fifo = w("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  for (const std::string& input : {fifo, std::string("/dev/zero")}) {
    const struct {
      std::vector<std::string> arguments;
      int code;
    } cases[] = {{{"inspect", input}, 3},
                 {{"infer", input, image}, 3},
                 {{"bench", input}, 3},
                 {{"infer", plan, input}, 4},
                 {{"infer", plan, "--tensor", input}, 4},
                 {{"scan", plan, input, "--good", "free"}, 4}};
    for (const auto& c : cases) {
      CAPTURE(input);
      CAPTURE(c.arguments[0]);
      const Finished f = RunVitrt(c.arguments);
      CHECK_MESSAGE(f.code == c.code, f.err);
      CHECK(f.one_error());
      CHECK(f.err.find("not a regular file") != std::string::npos);
    }
  }
}

TEST_CASE("a FIFO in a folder of images is no image") {
  const Workspace set = MakeLabelledSet();
  const fs::path folder = fs::path(set("data")) / "crack";
  for (const char* name : {"fifo", "fifo.png"}) REQUIRE(mkfifo((folder / name).c_str(), 0600) == 0);
  const Finished f = RunVitrt({"eval", set("pixel.plan"), set("data")});
  CHECK_MESSAGE(f.code == 0, f.err);
  CHECK(f.err.find("not an image: ") != std::string::npos);
  CHECK(RunVitrt({"infer", set("pixel.plan"), folder.string()}).code == 0);
}

TEST_CASE("a text without an end is refused") {
  const Workspace w = MakeWorkspace();
  const std::string plan = w("two.plan");
  const Finished serve = RunVitrt({"serve", "m=" + plan, "--port", "0", "--token-file", "/dev/zero"});
  CHECK_MESSAGE(serve.code == 2, serve.err);
  CHECK(serve.err.find("more than 64 MiB") != std::string::npos);
  const Finished monitor = RunVitrt({"monitor", "/dev/zero"});
  CHECK_MESSAGE(monitor.code == 4, monitor.err);
  CHECK(monitor.err.find("a line of more than 64 MiB") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test
