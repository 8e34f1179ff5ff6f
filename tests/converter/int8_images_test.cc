// --int8-images: effects of every layer on images, the same each time, and errors that leave no plan.
#include "converters/cli/int8_images.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

namespace vitrt::convert::test {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("vitrt_int8_images_" + std::to_string(::getpid()));
  Folder() { fs::create_directory(path); }
  ~Folder() { fs::remove_all(path); }
};

void WriteImage(const fs::path& path, uint32_t seed) {
  std::mt19937 random(seed);
  std::ofstream file(path, std::ios::binary);
  file << "P6\n40 40\n255\n";
  for (int i = 0; i < 40 * 40 * 3; ++i) file.put(static_cast<char>(random() % (seed * 60 + 20)));
}

std::string Bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ConvertOptions Options(const Folder& folder) {
  fs::create_directory(folder.path / "images");
  ConvertOptions options;
  options.model = VITRT_SOURCE_DIR "/tests/golden/vit_token_ts17.onnx";
  options.output = (folder.path / "int8.plan").string();
  options.int8 = Int8Options{};
  options.int8_images = (folder.path / "images").string();
  return options;
}

TEST_CASE(
    "--int8-images measures every layer, keeps layers that change predictions in fp32, and gives the same plan each "
    "time") {
  const Folder folder;
  ConvertOptions options = Options(folder);
  // As other commands take a folder: images in folders below count, files of other kinds do not.
  for (const uint32_t seed : {1, 2}) WriteImage(folder.path / "images" / (std::to_string(seed) + ".ppm"), seed);
  fs::create_directory(folder.path / "images/more");
  WriteImage(folder.path / "images/more/3.ppm", 3);
  std::ofstream(folder.path / "images/readme.txt") << "no image";
  const auto report = Convert(options);
  REQUIRE_MESSAGE(report.ok(), report.status().ToString());
  REQUIRE(report->int8_choice);
  const Int8Choice& choice = *report->int8_choice;
  CHECK(choice.images == 3);
  CHECK(choice.changed <= choice.changed_all);
  std::set<std::string> measured;  // a name may be that of two layers
  for (const Int8Layer& layer : report->int8_layers) {
    const bool kept = std::find(choice.keep.begin(), choice.keep.end(), layer.name) != choice.keep.end();
    CHECK(kept == (layer.kept == "changes predictions"));
    if (!kept && !layer.kept.empty()) continue;
    REQUIRE(choice.effects.contains(layer.name));
    CHECK(choice.effects.at(layer.name).error > 0);
    CHECK(choice.effects.at(layer.name).error < 0.2);
    CHECK((layer.kept.empty() && !layer.bias_corrected) == !choice.inputs.contains(layer.name));
    measured.insert(layer.name);
  }
  CHECK(measured.size() == choice.effects.size());
  CHECK(measured.size() >= 8);
  const std::string first = Bytes(options.output);
  REQUIRE(Convert(options).ok());
  CHECK(Bytes(options.output) == first);
}

TEST_CASE("--int8-images without images, or with one that cannot be read: an error and no plan") {
  const Folder folder;
  ConvertOptions options = Options(folder);
  const auto refused = [&](StatusCode code, const char* where) {
    const auto report = Convert(options);
    CHECK(report.status().code() == code);
    CHECK_MESSAGE(report.status().ToString().find(where) != std::string::npos, report.status().ToString());
    CHECK(!fs::exists(folder.path / "int8.plan"));
  };
  refused(StatusCode::kBadInput, "images");
  WriteImage(folder.path / "images/a.ppm", 1);
  std::ofstream(folder.path / "images/b.png") << "no image";
  refused(StatusCode::kBadInput, "b.png");
  fs::remove(folder.path / "images/b.png");
  options.int8_images = (folder.path / "nowhere").string();
  refused(StatusCode::kInvalidArgument, "nowhere");
  options.int8_images = (folder.path / "images").string();
  options.output = (folder.path / "images/a.ppm").string();
  const std::string before = Bytes(options.output);
  CHECK(Convert(options).status().code() == StatusCode::kInvalidArgument);
  CHECK(Bytes(options.output) == before);
}

TEST_CASE("--int8-images of a model that comes quantised: what to do instead, and with --precision int8 it measures") {
  const Folder folder;
  ConvertOptions options = Options(folder);
  WriteImage(folder.path / "images/a.ppm", 1);
  for (const std::string kind : {"qdq", "qoperator", "dynamic"}) {
    CAPTURE(kind);
    options.model = VITRT_SOURCE_DIR "/tests/golden/quantised/vit_token_ts17_" + kind + ".onnx";
    options.int8.reset();
    const Status status = Convert(options).status();
    CHECK(status.code() == StatusCode::kInvalidArgument);
    CHECK(status.where() == "--int8-images");
    CHECK_MESSAGE(status.what().find("the model comes quantised") == 0, status.ToString());
    CHECK(status.hint().find("leave the option out; or add --precision int8") == 0);
    CHECK(!fs::exists(options.output));
  }
  options.int8.emplace();
  const auto report = Convert(options);
  REQUIRE_MESSAGE(report.ok(), report.status().ToString());
  CHECK(report->int8_choice->images == 1);

  options.int8.reset();
  options.fp32 = true;
  CHECK(Convert(options).status().hint() == "add --precision int8");
  options.fp32 = false;
  for (const char* model : {"vit_token_ts17.onnx", "quantised/vit_token_ts17_weights.onnx"}) {  // plans of fp32
    CAPTURE(model);
    options.model = VITRT_SOURCE_DIR "/tests/golden/" + std::string(model);
    CHECK(Convert(options).status().what() == "is for --precision int8 only");
  }
}

}  // namespace
}  // namespace vitrt::convert::test
