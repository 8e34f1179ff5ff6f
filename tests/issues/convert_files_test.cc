// Issues: vitrt-convert wrote over the files it had been given to read; plans told the paths of the machine that made them.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "doctest/doctest.h"
#include "tests/cli/program.h"
#include "tests/plan/test_plan.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;

// A model whose weights lie in a second file, labels and a recipe.
struct Model {
  std::string folder = TemporaryPath("convert_files"), onnx = folder + "/" + kName + ".onnx", weights = onnx + ".data",
              labels = folder + "/labels.txt", recipe = folder + "/recipe.json";
  static constexpr char kName[] = "vit_token_external_dynamo18";

  Model() {
    fs::remove_all(folder);
    fs::create_directories(folder);
    const std::string golden = std::string(VITRT_SOURCE_DIR) + "/tests/golden/" + kName + ".onnx";
    fs::copy_file(golden, onnx);
    fs::copy_file(golden + ".data", weights);
    std::string names;
    for (int i = 0; i < 10; ++i) names += "class " + std::to_string(i) + "\n";
    WriteText(labels, names);
    WriteText(recipe, "{\"mean\": [0.5, 0.5, 0.5], \"std\": [0.5, 0.5, 0.5]}");
  }

  Finished ConvertTo(const std::string& out) const {
    return RunConvert({onnx, "-o", out, "--labels", labels, "--preprocess", recipe});
  }
};

TEST_CASE(
    "vitrt-convert: a model, its external data, labels or recipe as the output are refused and stay as they are") {
  const Model m;
  const std::string symbolic = m.folder + "/symbolic", hard = m.folder + "/hard";
  int tried = 0;
  for (const std::string& input : {m.onnx, m.weights, m.labels, m.recipe}) {
    fs::create_symlink(input, symbolic);
    fs::create_hard_link(input, hard);
    const std::string before = ReadText(input);
    for (const std::string& out : {input, symbolic, hard}) {
      CAPTURE(out);
      const Finished f = m.ConvertTo(out);
      CHECK_MESSAGE(f.code == 2, f.err);
      CHECK(f.one_error());
      CHECK(f.out.empty());
      CHECK(ReadText(input) == before);
      CHECK(fs::is_symlink(symbolic));
      ++tried;
    }
    fs::remove(symbolic);
    fs::remove(hard);
  }
  CHECK(tried == 3 * 4);
}

TEST_CASE("vitrt-convert: only a plan or an empty file is replaced") {
  const Model m;
  const std::string out = m.folder + "/out";
  for (const std::string& text :
       {std::string("do not overwrite\n"), std::string("\x89PNG\r\n\x1a\n????"), ReadText(m.onnx)}) {
    WriteText(out, text);
    const Finished f = m.ConvertTo(out);
    CHECK_MESSAGE(f.code == 2, f.err);
    CHECK(f.one_error());
    CHECK(f.err.find("the file is there and is not a plan") != std::string::npos);
    CHECK(f.out.empty());
    CHECK(ReadText(out) == text);
  }
  WriteText(out, "");
  for (int i = 0; i < 2; ++i) {
    CHECK(m.ConvertTo(out).code == 0);
    CHECK(ReadText(out).starts_with("VITRTPLN"));
  }
  CHECK(m.ConvertTo("/dev/null").code == 0);
}

TEST_CASE("vitrt-convert: labels and a recipe that do not end are refused, a FIFO that ends is read") {
  const Model m;
  const std::string out = m.folder + "/out.plan", fifo = m.folder + "/fifo";
  for (const char* option : {"--labels", "--preprocess"}) {
    const Finished f = RunConvert({m.onnx, "-o", out, option, "/dev/zero"});
    CHECK_MESSAGE(f.code == 2, f.err);
    CHECK(f.one_error());
    CHECK(f.err.find("more than 64 MiB") != std::string::npos);
    CHECK(!fs::exists(out));
  }
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(fifo) << ReadText(m.recipe); });
  CHECK(RunConvert({m.onnx, "-o", out, "--preprocess", fifo}).code == 0);
  writer.join();
}

TEST_CASE("vitrt-convert: an empty value is no option that was left out") {
  const Model m;
  const std::string out = m.folder + "/out.plan";
  for (const char* option : {"--exits", "--labels", "--preprocess", "--mean", "--precision", "--input-size", "-o"}) {
    CAPTURE(option);
    const Finished f = RunConvert({m.onnx, "-o", out, option, ""});
    CHECK_MESSAGE(f.code == 2, f.err);
    CHECK(f.one_error());
    CHECK(f.err.find(option + std::string(" has an empty value")) != std::string::npos);
    CHECK(!fs::exists(out));
  }
}

TEST_CASE("a plan keeps the names of the files it was made with, and no folder of that machine") {
  const Model m;
  const std::string plan = m.folder + "/out.plan";
  const Finished f = m.ConvertTo(plan);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const std::string bytes = ReadText(plan);
  CHECK(bytes.find("labels.txt") != std::string::npos);
  CHECK(bytes.find("recipe.json") != std::string::npos);
  CHECK(bytes.find(m.folder) == std::string::npos);
}

}  // namespace
}  // namespace vitrt::test
