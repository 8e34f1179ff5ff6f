#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "runtime/image/decode.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

// 40 x 24 pixels of noise.
void WriteLarge(const std::string& path) {
  std::string text = "P6 40 24 255\n";
  for (uint32_t i = 0, v = 1; i < 40 * 24 * 3; ++i) text += static_cast<char>((v = v * 1664525 + 1013904223) >> 24);
  WriteText(path, text);
}

// The part of a P6 file that a tile shows, as a file of its own.
std::string Part(const std::string& ppm, int64_t width, const json& tile) {
  const size_t begin = ppm.find("255\n") + 4;
  const auto w = tile["width"].get<int64_t>(), h = tile["height"].get<int64_t>();
  std::string text = "P6 " + std::to_string(w) + " " + std::to_string(h) + " 255\n";
  for (int64_t y = tile["y"]; y < tile["y"].get<int64_t>() + h; ++y) {
    text +=
        ppm.substr(begin + static_cast<size_t>((y * width + tile["x"].get<int64_t>()) * 3), static_cast<size_t>(w * 3));
  }
  return text;
}

TEST_CASE("vitrt scan: each tile is answered as an image of its own, and the picture has the image's size") {
  const Workspace w = MakeWorkspace();
  WriteLarge(w("large.ppm"));
  const Finished f = RunVitrt({"scan", w("two.plan"), w("large.ppm"), "--tile", "12", "--stride", "7", "--good", "free",
                               "-o", w("heat.png"), "--json", "--baseline"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const json j = json::parse(f.out);
  CHECK(j["width"] == 40);
  CHECK(j["height"] == 24);
  CHECK(j["factor"].get<double>() > 0);
  REQUIRE(j["tiles"].size() == 5 * 3);
  const std::string large = ReadText(w("large.ppm"));
  for (const size_t i : {0, 7, 14}) {
    const json& tile = j["tiles"][i];
    WriteText(w("part.ppm"), Part(large, 40, tile));
    const json alone = json::parse(RunVitrt({"infer", w("two.plan"), w("part.ppm"), "--json"}).out);
    for (const char* key : {"label", "class", "probability", "confidence"}) CHECK(tile[key] == alone[key]);
    CHECK(tile["exit"] == alone["exit"]["name"]);
  }
  const std::string png = ReadText(w("heat.png"));
  const auto picture = image::Decode(std::as_bytes(std::span(png)));
  REQUIRE(picture.ok());
  CHECK(picture->width == 40);
  CHECK(picture->height == 24);
}

TEST_CASE("vitrt scan: text, defaults and wrong use") {
  const Workspace w = MakeWorkspace();
  WriteLarge(w("large.ppm"));
  const Finished f = RunVitrt({"scan", w("two.plan"), w("large.ppm")});  // 8 x 8 every 4; the class "free" is good
  REQUIRE_MESSAGE(f.code == 0, f.err);
  CHECK(f.out.find("45 tiles") != std::string::npos);
  CHECK(f.out.find("not free") != std::string::npos);
  const struct {
    std::vector<std::string> options;
    int code;
  } cases[] = {{{w("large.ppm"), "--good", "nosuch"}, 2},
               {{w("large.ppm"), "--tile", "8", "--stride", "9"}, 2},
               {{w("large.ppm"), "--tile", "0"}, 2},
               {{w("missing.ppm")}, 4},
               {{w("large.ppm"), "-o", w("nowhere/x.png")}, 1}};
  for (const auto& c : cases) {
    std::vector<std::string> arguments = {"scan", w("two.plan")};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const Finished bad = RunVitrt(arguments);
    CAPTURE(bad.err);
    CHECK(bad.code == c.code);
    CHECK(bad.one_error());
  }
}

}  // namespace
}  // namespace vitrt::test
