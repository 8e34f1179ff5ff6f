// The whole converter on golden models: plans that the engine runs with the model's outputs; errors leave nothing
// behind.
#include "converters/cli/convert.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "converters/cli/report.h"

namespace vitrt::convert::test {
namespace {

namespace fs = std::filesystem;

std::string Golden(const std::string& name) { return (fs::path(VITRT_SOURCE_DIR) / "tests/golden" / name).string(); }

// A folder of its own, gone at the end.
struct Folder {
  Folder() : path(fs::temp_directory_path() / ("vitrt_convert_test_" + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string File(const std::string& name) const { return (path / name).string(); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return File(name);
  }
  size_t Files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
  fs::path path;
};

ConvertOptions Options(const Folder& folder, const std::string& model = Golden("vit_token_ts17.onnx")) {
  ConvertOptions options;
  options.model = model;
  options.output = folder.File("out.plan");
  return options;
}

std::string Bytes(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

TEST_CASE("verified plans of every kind of golden model") {
  Folder folder;
  for (const char* name :
       {"vit_token_ts11.onnx", "vit_token_dynamo23.onnx", "vit_distilled_ts17.onnx", "vit_avg_dynamo18.onnx",
        "vit_jax_gap_ts17.onnx", "vit_layer_scale_dynamo18.onnx", "vit_qk_norm_ts17.onnx", "vit_split_q_kv_ts17.onnx",
        "vit_registers_dynamo23.onnx", "vit_token_fp16.onnx", "mpvg_ts17.onnx", "mpvg_swin_dynamo18.onnx",
        "swin_official_ts17.onnx", "manifold_spatial_ts17.onnx", "mapet_dynamo18.onnx", "mapet_tokenizer_ts17.onnx"}) {
    CAPTURE(name);
    ConvertOptions options = Options(folder, Golden(name));
    options.verify = true;
    options.threads = 1;
    const auto report = Convert(options);
    REQUIRE_MESSAGE(report.ok(), report.status().ToString());
    REQUIRE(report->errors.size() == report->plan.exits.exits.size() + report->plan.exits.raw.size());
    for (const OutputError& error : report->errors) CHECK(error.error < 1e-5);
    CHECK(fs::file_size(options.output) == report->plan.file_bytes);
  }
}

TEST_CASE("the model's outputs stay the same with any pass left out") {
  Folder folder;
  for (const Pass& pass : Passes()) {
    if (pass.required) continue;
    CAPTURE(pass.name);
    ConvertOptions options = Options(folder);
    options.verify = true;
    options.threads = 1;
    options.passes.disabled = {pass.name};
    const auto report = Convert(options);
    REQUIRE_MESSAGE(report.ok(), report.status().ToString());
  }
}

TEST_CASE("the same model and options give the same bytes, the report is JSON and text") {
  Folder folder;
  ConvertOptions options = Options(folder);
  options.given = {{"batch", "3"}};
  options.max_batch = 3;
  REQUIRE(Convert(options).ok());
  const std::string first = Bytes(options.output);
  const auto report = Convert(options);
  REQUIRE(report.ok());
  CHECK(Bytes(options.output) == first);
  CHECK(ToJson(options, *report).find("\"source_sha256\"") != std::string::npos);
  CHECK(ToText(options, *report, true).find("fuse-attention") != std::string::npos);
}

TEST_CASE("labels are read, and must be as many as classes") {
  Folder folder;
  ConvertOptions options = Options(folder);
  options.labels = folder.Write("labels.txt", "a\r\nb \nc\nd\ne\nf\ng\nh\ni\nj\n");
  CHECK(Convert(options).ok());
  options.labels = folder.Write("labels.txt", "a\nb\n");
  CHECK(Convert(options).status().code() == StatusCode::kInvalidArgument);
  options.labels = folder.File("none.txt");
  CHECK(Convert(options).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("the plan takes its name when it is verified: what fails before leaves the old one") {
  Folder folder;
  ConvertOptions options = Options(folder);
  REQUIRE(Convert(options).ok());
  const std::string old_plan = Bytes(options.output);
  options.verify = true;
  options.labels = folder.Write("labels.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
  options.threads = -1;  // found out by the session that verifies, when the plan is written
  CHECK(!Convert(options).ok());
  CHECK(Bytes(options.output) == old_plan);
  CHECK(folder.Files() == 2);
  options.threads = 1;
  REQUIRE(Convert(options).ok());
  CHECK(Bytes(options.output).starts_with("VITRT"));
  CHECK(Bytes(options.output) != old_plan);
  CHECK(folder.Files() == 2);
}

TEST_CASE("the plan is none of the files that are read, through no link") {
  Folder folder;
  for (const char* name : {"vit_token_external_dynamo18.onnx", "vit_token_external_dynamo18.onnx.data"}) {
    fs::copy_file(Golden(name), folder.File(name));
  }
  ConvertOptions options = Options(folder, folder.File("vit_token_external_dynamo18.onnx"));
  options.labels = folder.Write("labels.txt", "a\nb\n");
  options.recipe.file = folder.Write("recipe.json", "{}");
  for (const std::string& input : {options.model, options.model + ".data", options.labels, options.recipe.file}) {
    CAPTURE(input);
    const std::string before = Bytes(input);
    fs::create_symlink(input, folder.File("symbolic"));
    fs::create_hard_link(input, folder.File("hard"));
    for (const std::string& out : {input, folder.File("symbolic"), folder.File("hard")}) {
      options.output = out;
      const auto report = Convert(options);
      REQUIRE(!report.ok());
      CHECK(report.status().code() == StatusCode::kInvalidArgument);
      CHECK(report.status().what().find("would overwrite") != std::string::npos);
      CHECK(Bytes(input) == before);
    }
    fs::remove(folder.File("symbolic"));
    fs::remove(folder.File("hard"));
  }
  CHECK(folder.Files() == 4);
}

TEST_CASE("errors give their code and leave no file") {
  struct Case {
    const char* name;
    std::function<void(ConvertOptions&, const Folder&)> change;
    StatusCode code;
  };
  const Case cases[] = {
      {"no such model", [](ConvertOptions& o, const Folder& f) { o.model = f.File("none.onnx"); },
       StatusCode::kBadPlan},
      {"no ONNX file", [](ConvertOptions& o, const Folder&) { o.model = Golden("manifest.json"); },
       StatusCode::kBadPlan},
      {"unknown exit", [](ConvertOptions& o, const Folder&) { o.exits = {"nothing"}; }, StatusCode::kInvalidArgument},
      {"unknown pass", [](ConvertOptions& o, const Folder&) { o.passes.disabled = {"nothing"}; },
       StatusCode::kInvalidArgument},
      {"wrong crop", [](ConvertOptions& o, const Folder&) { o.recipe.crop = "5"; }, StatusCode::kInvalidArgument},
      {"output in no folder", [](ConvertOptions& o, const Folder& f) { o.output = f.File("no/such/out.plan"); },
       StatusCode::kInternal},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Folder folder;
    ConvertOptions options = Options(folder);
    c.change(options, folder);
    const auto report = Convert(options);
    REQUIRE_FALSE(report.ok());
    CHECK_MESSAGE(report.status().code() == c.code, report.status().ToString());
    CHECK(folder.Files() == 0);
  }
}

}  // namespace
}  // namespace vitrt::convert::test
