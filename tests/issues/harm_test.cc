// Issue: commands destroyed files that they had been given to read. Every command, with every file that it reads as
// every file that it writes, by name, through a symbolic link and as a hard link: all refused, nothing changed.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "tests/cli/labelled_set.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;

// {OUT} stands for what is written; inputs are what the command reads.
struct Use {
  std::vector<std::string> arguments, inputs;
};

std::map<std::string, std::string> Everything(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    files[path] = entry.is_symlink()        ? "-> " + fs::read_symlink(entry.path()).string()
                  : entry.is_regular_file() ? ReadText(path)
                                            : "folder";
  }
  return files;
}

std::vector<std::string> With(std::vector<std::string> arguments, const std::string& out) {
  for (std::string& a : arguments) {
    if (a == "{OUT}") a = out;
  }
  return arguments;
}

struct Site {
  Workspace w = MakeWorkspace(), set = MakeLabelledSet();
  std::string plan = w("two.plan"), image = w("a.ppm"), grey = w("b.pgm"), log = w("run.jsonl"),
              said = set("pixel.plan"), data = set("data"), of_data = set("data/crack/0.pgm"), in = w("in"),
              tensor = w("in.npy");

  Site() {
    REQUIRE(RunVitrt({"infer", plan, image, "--log", log}).code == 0);
    fs::copy_file(log, log + ".1");
    fs::create_directory(in);
    fs::copy_file(image, in + "/1.ppm");
    WriteInput(tensor, 1);
  }

  std::vector<Use> Uses() const {
    std::vector<Use> uses;
    for (const char* option : {"--log", "--metrics"}) {
      uses.push_back({{"infer", plan, image, w.folder, option, "{OUT}"}, {plan, image, grey}});
      uses.push_back({{"watch", plan, in, "--once", option, "{OUT}"}, {plan, in + "/1.ppm"}});
    }
    uses.push_back({{"infer", plan, image, "--dump-input", "{OUT}"}, {plan, image}});
    for (const char* option : {"--json-out", "--csv-out", "--journal"}) {
      uses.push_back({{"watch", plan, in, "--once", option, "{OUT}"}, {plan, in + "/1.ppm"}});
    }
    uses.push_back({{"watch", plan, in, "--once", "--mqtt", "tcp://127.0.0.1:1/t", "--mqtt-backlog", "{OUT}"},
                    {plan, in + "/1.ppm"}});
    uses.push_back({{"serve", "m=" + plan, "--port", "0", "--log", "{OUT}"}, {plan}});
    uses.push_back(
        {{"serve", "m=" + plan, "--port", "0", "--mqtt", "tcp://127.0.0.1:1/t", "--mqtt-backlog", "{OUT}"}, {plan}});
    uses.push_back({{"scan", plan, image, "--good", "free", "-o", "{OUT}"}, {plan, image}});
    for (const char* option : {"--csv-out", "--plot"}) {
      uses.push_back({{"eval", said, data, option, "{OUT}"}, {said, of_data}});
    }
    for (const char* option : {"--raw", "--trace"}) {
      uses.push_back(
          {{"bench", plan, "--iterations", "1", "--warmup", "0", "--images", image, option, "{OUT}"}, {plan, image}});
    }
    uses.push_back({{"tune", plan, "--iterations", "1", "-o", "{OUT}"}, {plan}});
    uses.push_back({{"bench", plan, said, "--iterations", "1", "--warmup", "0", "--raw", "{OUT}"}, {plan, said}});
    uses.push_back({{"calibrate", said, data, "--max-disagreement", "0.5", "-o", "{OUT}"}, {of_data}});
    uses.push_back({{"calibrate", said, data, "--max-disagreement", "0.5", "-o", set("new.plan"), "--plot", "{OUT}"},
                    {said, of_data}});
    uses.push_back({{"monitor", log, "--reference", log + ".1", "-o", "{OUT}"}, {log, log + ".1"}});
    return uses;
  }
};

// What the command says when `out` is the name of its output: it must refuse and change nothing.
std::string Refusal(const Site& site, const Use& use, const std::string& out) {
  CAPTURE(use.arguments[0]);
  CAPTURE(use.arguments[use.arguments.size() - 2]);
  CAPTURE(out);
  const auto before = Everything(site.w.folder), before_set = Everything(site.set.folder);
  const Finished f = RunVitrt(With(use.arguments, out));
  CHECK_MESSAGE(f.code == 2, f.err);
  CHECK(f.one_error());
  CHECK(f.out.empty());
  CHECK(Everything(site.w.folder) == before);
  CHECK(Everything(site.set.folder) == before_set);
  return f.err;
}

TEST_CASE("an output that is an input is refused by every command, and nothing is changed") {
  const Site site;
  const std::string symbolic = site.w("symbolic"), hard = site.w("hard");
  int tried = 0;
  for (const Use& use : site.Uses()) {
    for (const std::string& input : use.inputs) {
      fs::create_symlink(input, symbolic);
      fs::create_hard_link(input, hard);
      for (const std::string& out : {input, symbolic, hard}) {
        Refusal(site, use, out);
        ++tried;
      }
      fs::remove(symbolic);
      fs::remove(hard);
    }
  }
  CHECK(tried == 3 * 40);
}

TEST_CASE("commands without an output leave every file as it is") {
  const Site site;
  const auto before = Everything(site.w.folder), before_set = Everything(site.set.folder);
  const std::vector<std::vector<std::string>> commands = {
      {"compare", site.said, site.said, site.data},
      {"inspect", site.plan, "--check"},
      {"bench", site.plan, "--iterations", "1", "--warmup", "0", "--ops"},
      {"eval", site.said, site.data},
      {"scan", site.plan, site.image, "--good", "free"},
      {"infer", site.plan, site.image},
      {"monitor", site.log}};
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    const Finished f = RunVitrt(command);
    CHECK_MESSAGE(f.code == 0, f.err);
    CHECK(Everything(site.w.folder) == before);
    CHECK(Everything(site.set.folder) == before_set);
  }
}

TEST_CASE("two outputs that are one file are refused") {
  const Site site;
  const std::string out = site.w("out");
  CHECK(RunVitrt({"infer", site.plan, site.image, "--log", out, "--metrics", out}).code == 2);
  CHECK(RunVitrt({"watch", site.plan, site.in, "--once", "--json-out", out, "--csv-out", out}).code == 2);
  CHECK(RunVitrt({"eval", site.said, site.data, "--csv-out", out, "--plot", out}).code == 2);
  CHECK(!fs::exists(out));
}

TEST_CASE("folders that images are moved or copied to lie apart from the watched ones and are folders") {
  const Site site;
  fs::create_directory(site.in + "/sub");
  const auto before = Everything(site.w.folder);
  for (const char* option : {"--done", "--keep-doubtful"}) {
    for (const std::string& out :
         {site.in, site.in + "/sub", site.in + "/new/deeper", site.w.folder, site.plan, site.image}) {
      CAPTURE(option);
      CAPTURE(out);
      const Finished f = RunVitrt({"watch", site.plan, site.in, "--once", option, out});
      CHECK(f.code == 2);
      CHECK(f.one_error());
      CHECK(Everything(site.w.folder) == before);
    }
  }
  const std::string out = site.w("out");
  CHECK(RunVitrt({"watch", site.plan, site.in, "--once", "--done", out, "--keep-doubtful", out + "/x"}).code == 2);
  CHECK(!fs::exists(out));
}

TEST_CASE("the tensor that is read is not written over") {
  const Site site;
  fs::copy_file(site.tensor, site.w("final.npy"));
  const std::string before = ReadText(site.w("final.npy"));
  const Finished f = RunVitrt({"infer", site.plan, "--tensor", site.w("final.npy"), "--outputs", site.w.folder});
  CHECK(f.code == 2);
  CHECK(ReadText(site.w("final.npy")) == before);
}

// Beside those of Uses: the outputs whose inputs are tried elsewhere.
std::vector<Use> AllUses(const Site& site) {
  std::vector<Use> uses = site.Uses();
  uses.push_back({{"infer", site.plan, site.image, "--dump-input", "{OUT}", "--log", site.w("other.jsonl")}, {}});
  uses.push_back(
      {{"calibrate", site.said, site.data, "--max-disagreement", "0.5", "-o", "{OUT}", "--plot", site.set("new.svg")},
       {}});
  return uses;
}

TEST_CASE("a file that is nobody's input but holds something else is not added to and not replaced") {
  const Site site;
  const std::string labels = site.w("labels.txt"), image = site.w("other.png"), json = site.w("foreign.json"),
                    drawing = site.w("drawing.svg"), page = site.w("page.html");
  WriteText(labels, "crack\nhole\n");
  WriteText(image, std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + std::string(100, '?'));
  WriteText(json, "{\"x\":1}\n");
  WriteText(drawing, "<?xml version=\"1.0\"?>\n<svg/>\n");
  WriteText(page, "<!DOCTYPE html>\n<html><title>mine</title></html>\n");
  for (const Use& use : AllUses(site)) {
    for (const std::string& out : {labels, image, json, drawing, page, site.grey}) {
      const std::string said = Refusal(site, use, out);
      const bool known = said.find("the file is there and is not ") != std::string::npos;
      CHECK_MESSAGE((known || said.find(" would overwrite an image") != std::string::npos), said);
    }
  }
  fs::create_directory(site.w("o"));
  for (const char* name : {"early.npy", "final.npy"}) WriteText(site.w("o/") + name, "mine\n");
  const auto before_tensor = Everything(site.w.folder);
  CHECK(RunVitrt({"infer", site.plan, "--tensor", site.tensor, "--outputs", site.w("o")}).code == 2);
  CHECK(Everything(site.w.folder) == before_tensor);
}

// Holds the list of kinds (file_kind.h) to what the writers write.
TEST_CASE("every output may be written again") {
  const Site site;
  int tried = 0;
  for (const Use& use : AllUses(site)) {
    if (use.arguments[0] == "serve") continue;  // runs until it is stopped; its files are those of watch
    CAPTURE(use.arguments[0]);
    CAPTURE(use.arguments[use.arguments.size() - 2]);
    const std::string out = site.w("again" + std::to_string(tried++));
    std::vector<std::string> arguments = With(use.arguments, out);
    if (arguments[0] == "watch" && use.arguments[use.arguments.size() - 2] != "--journal")
      arguments.insert(arguments.end(), {"--journal", out + ".journal"});  // where the image is not yet done
    for (int i = 0; i < 2; ++i) {
      const Finished f = RunVitrt(arguments);
      CHECK_MESSAGE((f.code == 0 || f.code == 10), f.err);
      CHECK(fs::file_size(out) > 0);
    }
  }
  CHECK(tried > 15);
  for (int i = 0; i < 2; ++i) {
    CHECK(RunVitrt({"infer", site.plan, "--tensor", site.tensor, "--outputs", site.w("o"), "--all-exits"}).code == 0);
  }
}

TEST_CASE("devices are written through and links followed") {
  const Site site;
  const std::vector<std::vector<std::string>> commands = {
      {"monitor", site.log, "-o", "{OUT}"},
      {"scan", site.plan, site.image, "--good", "free", "-o", "{OUT}"},
      {"infer", site.plan, site.image, "--dump-input", "{OUT}"},
      {"calibrate", site.said, site.data, "--max-disagreement", "0.5", "-o", "{OUT}"},
      {"eval", site.said, site.data, "--plot", "{OUT}"}};
  for (size_t i = 0; i < commands.size(); ++i) {
    CAPTURE(commands[i][0]);
    const std::string target = "target" + std::to_string(i), link = site.w("link" + std::to_string(i));
    fs::create_symlink(target, link);
    CHECK(RunVitrt(With(commands[i], "/dev/null")).code == 0);
    CHECK(RunVitrt(With(commands[i], link)).code == 0);
    CHECK(fs::is_symlink(link));
    CHECK(fs::file_size(site.w(target)) > 0);
  }
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(RunVitrt({"infer", site.plan, site.image, "--log", "/dev/null", "--metrics", "/dev/null"}).code == 0);
}

}  // namespace
}  // namespace vitrt::test
