#include "doctest/doctest.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

TEST_CASE("vitrt: wrong use is exit code 2 and one clear line") {
  const Workspace w = MakeWorkspace();
  const std::string plan = w("two.plan"), image = w("a.ppm");
  WriteInput(w("x.npy"), 1);
  const struct {
    const char* title;
    std::vector<std::string> arguments;
    const char* expected;  // part of stderr
  } cases[] = {
      {"unknown command", {"no-such-command"}, "unknown command 'no-such-command'"},
      {"unknown option", {"infer", plan, image, "--nosuch"}, "--nosuch"},
      {"no plan", {"infer"}, "plan"},
      {"no image", {"infer", plan}, "no image to classify"},
      {"unknown tier", {"infer", plan, image, "--isa", "z80"}, "--isa"},
      {"no threads", {"infer", plan, image, "--threads", "0"}, "--threads"},
      {"unknown exit", {"infer", plan, image, "--exit", "nosuch"}, "exits of this plan: early, final"},
      {"threshold of an unknown exit",
       {"infer", plan, image, "--threshold", "nosuch=0.5"},
       "exits of this plan: early, final"},
      {"threshold that is no number", {"infer", plan, image, "--threshold", "early=abc"}, "'abc' is not a number"},
      {"threshold NaN", {"infer", plan, image, "--threshold", "nan"}, "'nan' is not a number"},
      {"too many thresholds", {"infer", plan, image, "--threshold", "1,2,3"}, "a list of 3 thresholds without names"},
      {"a decimal comma", {"infer", plan, image, "--threshold", "0,9"}, "with a decimal point it is 0.9"},
      {"mistyped command", {"infre", plan, image}, "did you mean 'infer'?"},
      {"mistyped option", {"infer", plan, image, "--thresold", "0.9"}, "did you mean '--threshold'?"},
      {"mistyped option with a value", {"infer", plan, image, "--theads=2"}, "did you mean '--threads'?"},
      {"mistyped option of the program", {"--verison"}, "did you mean '--version'?"},
      {"mistyped exit", {"infer", plan, image, "--exit", "finla"}, "did you mean 'final'?"},
      {"help of an unknown command", {"help", "bnech"}, "did you mean 'bench'?"},
      {"unknown policy", {"infer", plan, image, "--exit-policy", "guess"}, "--exit-policy"},
      {"deadline of nothing", {"infer", plan, image, "--deadline-ms", "0"}, "--deadline-ms"},
      {"top 0", {"infer", plan, image, "--top", "0"}, "--top"},
      {"two formats", {"infer", plan, image, "--csv", "--json"}, "--csv and --json"},
      {"image and tensor", {"infer", plan, image, "--tensor", w("x.npy")}, "images and --tensor"},
      {"outputs of an image", {"infer", plan, image, "--outputs", w("o")}, "--outputs without --tensor"},
      {"all exits to nowhere", {"infer", plan, "--tensor", w("x.npy"), "--all-exits"}, "--all-exits without --outputs"},
      {"dump of two images",
       {"infer", plan, image, w("b.pgm"), "--dump-input", w("d.npy")},
       "--dump-input takes one image"},
      {"NaN as a share", {"infer", plan, image, "--shadow", "nan"}, "'nan' is not a number from 0 to 1"},
      {"NaN as a chance", {"monitor", w("run.jsonl"), "--false-alarm-rate", "nan"}, "'nan' is not a number from 1e-09"},
      {"a rate of 0", {"monitor", w("run.jsonl"), "--promised", "0"}, "'0' is not a number from 1e-06 to 0.999"},
      {"NaN as a time", {"watch", plan, w("in"), "--settle", "nan"}, "'nan' is not a number from 0.01 to 3600"},
      {"negative duration", {"bench", plan, "--duration", "-1"}, "--duration"},
      {"a batch above the plan's", {"bench", plan, "--batch", "9"}, "batch"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.title);
    const Finished f = RunVitrt(c.arguments);
    CAPTURE(f.err);
    CHECK(f.code == 2);
    CHECK(f.one_error());
    CHECK(f.err.find(c.expected) != std::string::npos);
    CHECK(f.out.empty());
  }
}

TEST_CASE("vitrt: help and version") {
  const Finished help = RunVitrt({"--help"});
  CHECK(help.code == 0);
  for (const char* command : {"infer", "bench", "inspect", "version"}) {
    CAPTURE(command);
    CHECK(help.out.find(command) != std::string::npos);
    const Finished sub = RunVitrt({command, "--help"});
    CHECK(sub.code == 0);
    for (const char* option : {"--json", "--threads", "--help"}) CHECK(sub.out.find(option) != std::string::npos);
  }
  CHECK(RunVitrt({}).code == 2);
  CHECK(RunVitrt({"--version"}).out.starts_with("vitrt "));
  CHECK(RunVitrt({"-V"}).out == RunVitrt({"--version"}).out);
  CHECK(RunVitrt({"help"}).out == help.out);
  for (const char* command : {"infer", "watch", "calibrate"}) {
    CAPTURE(command);
    const Finished sub = RunVitrt({"help", command});
    CHECK(sub.code == 0);
    CHECK(sub.out == RunVitrt({command, "--help"}).out);
  }
}

TEST_CASE("vitrt: a threshold from 2 upwards is taken, with a warning") {
  const Workspace w = MakeWorkspace();
  for (const char* threshold : {"90", "2", "early=95"}) {
    CAPTURE(threshold);
    const Finished f = RunVitrt({"infer", w("two.plan"), w("a.ppm"), "--threshold", threshold});
    CHECK(f.code == 0);
    CHECK_MESSAGE(f.err.find("vitrt: warning: a threshold of ") != std::string::npos, f.err);
  }
  const Finished f = RunVitrt({"infer", w("two.plan"), w("a.ppm"), "--threshold", "1.5"});
  CHECK(f.code == 0);
  CHECK(f.err == "");
}

TEST_CASE("vitrt: a plan that is missing, empty, cut or foreign is exit code 3") {
  const Workspace w = MakeWorkspace();
  const std::string good = ReadText(w("two.plan"));
  WriteText(w("empty.plan"), "");
  WriteText(w("cut.plan"), good.substr(0, good.size() / 2));
  WriteText(w("foreign.plan"), ReadText(w("a.ppm")));
  for (const char* name : {"missing.plan", "empty.plan", "cut.plan", "foreign.plan"}) {
    for (const char* command : {"infer", "bench", "inspect"}) {
      INFO(command << " " << name);
      std::vector<std::string> arguments = {command, w(name)};
      if (arguments[0] == "infer") arguments.push_back(w("a.ppm"));
      const Finished f = RunVitrt(arguments);
      CHECK(f.code == 3);
      CHECK(f.one_error());
    }
  }
}

}  // namespace
}  // namespace vitrt::test
