// Models in the cache of a model hub are links, snapshots/REVISION/model.onnx to blobs/HASH, and so are their external
// weights: these were refused as links out of the model's folder.
#include <doctest/doctest.h>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;

// y = x * w, w in the file `location`.
std::string ModelWithWeights(const std::string& location) {
  ModelBuilder m(17);
  m.Input("x", {1, 1, 1, 2}).Output("y");
  auto* w = m.Tensor("w", ::onnx::TensorProto::FLOAT, {2});
  w->set_data_location(::onnx::TensorProto::EXTERNAL);
  auto* entry = w->add_external_data();
  entry->set_key("location"), entry->set_value(location);
  m.Node("Mul", {"x", "w"}, {"y"});
  return m.proto().SerializeAsString();
}

std::string Weights() {
  const float w[2] = {3, 5};
  return std::string(reinterpret_cast<const char*>(w), sizeof(w));
}

// The cache of one repository: blobs/1 the model, blobs/2 its weights; links in `folder`.
void MakeCache(const fs::path& repository, const fs::path& folder) {
  fs::create_directories(repository / "blobs");
  fs::create_directories(folder);
  WriteFile((repository / "blobs/1").string(), ModelWithWeights("model.onnx_data"));
  WriteFile((repository / "blobs/2").string(), Weights());
  fs::create_symlink(fs::relative(repository / "blobs/1", folder), folder / "model.onnx");
  fs::create_symlink(fs::relative(repository / "blobs/2", folder), folder / "model.onnx_data");
}

std::string Refusal(const fs::path& model) {
  const auto graph = convert::ImportOnnx(model.string());
  return graph.ok() ? "" : graph.status().what();
}

TEST_CASE("links that stay within the repository's folder of a hub's cache are followed") {
  TempFolder cache;
  const fs::path repository = cache / "models--org--name";
  for (const char* folder : {"snapshots/0123abc", "snapshots/4567def/onnx", "snapshots/89/a/b/c"}) {
    CAPTURE(folder);
    MakeCache(repository, repository / folder);
    convert::ImportReport report;
    const auto graph = convert::ImportOnnx((repository / folder / "model.onnx").string(), {}, &report);
    REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
    const auto y = EvaluateGraph(*graph, convert::Tensor::FromF32({1, 1, 1, 2}, {1, 2}));
    REQUIRE(y.ok());
    CHECK(ToF64Vector(y->front()) == std::vector<double>{3, 10});
    CHECK(report.external_files == std::vector<std::string>{fs::canonical(repository / "blobs/2").string()});
    fs::remove_all(repository / "blobs");
  }
  // The whole cache may be reached by a link.
  MakeCache(repository, repository / "snapshots/00");
  fs::create_directory_symlink(cache / "models--org--name", cache / "link");
  CHECK(Refusal(cache / "link/snapshots/00/model.onnx") == "");
}

TEST_CASE("links that leave the repository's folder are refused, and so are links that only look like a cache") {
  const char* kRefusal = "is a link out of the model's folder";
  TempFolder cache;
  WriteFile(cache / "secret", Weights());
  const auto linked = [&](const fs::path& folder, const fs::path& target) {
    fs::create_directories(folder);
    WriteFile((folder / "model.onnx").string(), ModelWithWeights("model.onnx_data"));
    fs::remove(folder / "model.onnx_data");
    fs::create_symlink(target, folder / "model.onnx_data");
    return Refusal(folder / "model.onnx");
  };
  const fs::path repository = cache / "models--org--name";
  MakeCache(repository, repository / "snapshots/1");
  MakeCache(cache / "models--org--other", fs::path(cache / "models--org--other") / "snapshots/1");
  const fs::path revision = repository / "snapshots/2";
  CHECK(linked(revision, "../../blobs/2") == "");
  CHECK(linked(revision, cache / "secret").find(kRefusal) != std::string::npos);
  CHECK(linked(revision, "../../../models--org--other/blobs/2").find(kRefusal) != std::string::npos);
  CHECK(linked(revision, "../1/model.onnx_data") == "");  // a link to a link into the blobs
  WriteFile((repository / "refs").string(), Weights());
  CHECK(linked(revision, "../../refs").find(kRefusal) != std::string::npos);  // in the repository, but no blob
  CHECK(linked(cache / "plain/model", "../../models--org--name/blobs/2").find(kRefusal) != std::string::npos);
  // blobs that is a link itself opens no other folder.
  fs::create_directories(cache / "elsewhere");
  WriteFile(cache / "elsewhere/2", Weights());
  fs::create_directories(cache / "fake");
  fs::create_directory_symlink(cache / "elsewhere", cache / "fake/blobs");
  CHECK(linked(cache / "fake/snapshots/1", "../../blobs/2").find(kRefusal) != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test
