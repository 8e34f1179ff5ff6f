#include "runtime/line/files/file_kind.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "runtime/image/encode_png.h"
#include "runtime/plan/plan_format.h"
#include "tests/plan/test_plan.h"

namespace vitrt::line {
namespace {

Status CheckBytes(std::string_view bytes, const FileKind& kind) {
  const std::string path = test::TemporaryPath("kind");
  std::ofstream(path, std::ios::binary) << bytes;
  return CheckKind(path, kind);
}

TEST_CASE("a kind is known by how a file starts") {
  const FileKind kind = {"a log", "{\"time\":"};
  const struct {
    const char* text;
    bool fits;
  } cases[] = {{"", true},  {"{\"time\":1}", true}, {"{\"ti", true}, {"{\"tame\":1}", false}, {"crack\nhole\n", false},
               {"x", false}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const Status status = CheckBytes(c.text, kind);
    CHECK(status.ok() == c.fits);
    if (!c.fits) CHECK(status.what() == "the file is there and is not a log");
  }
  CHECK(CheckKind("/nonexistent/x", kind).ok());
  CHECK(CheckKind("/dev/null", kind).ok());
}

TEST_CASE("a kind may also be known by a mark behind its start") {
  const FileKind kind = {"a picture", "PIC", "ours", 5};
  const struct {
    const char* text;
    bool fits;
  } cases[] = {{"PIC??ours and more", true}, {"PIC??ou", true},    {"PIC?", true},
               {"PIC??hers", false},         {"XXX??ours", false}, {"PIC??", true}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(CheckBytes(c.text, kind).ok() == c.fits);
  }
}

TEST_CASE("a PNG file is a heat map if vitrt scan made it") {
  const auto png = [](const std::string& software) {
    image::DecodedImage image;
    image.width = 70000;  // a header of the same length, whatever it says
    image.height = 1;
    image.format = PixelFormat::kGray8;
    image.pixels.assign(70000, 7);
    const auto bytes = image::EncodePng(image, software);
    REQUIRE(bytes.ok());
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  };
  CHECK(CheckBytes(png(std::string(kinds::kHeatMapSoftware)), kinds::kHeatMap).ok());
  CHECK(!CheckBytes(png(""), kinds::kHeatMap).ok());
  CHECK(!CheckBytes(png("a camera"), kinds::kHeatMap).ok());
}

TEST_CASE("a plan is known by the magic of its format") {
  CHECK(kinds::kPlan.start == std::string_view(plan::kMagic, sizeof plan::kMagic));
}

}  // namespace
}  // namespace vitrt::line
