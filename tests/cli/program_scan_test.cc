#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "runtime/image/decode.h"
#include "runtime/image/encode_png.h"
#include "tests/cli/pixel_plan.h"
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

TEST_CASE("vitrt scan: each tile is classified as an image of its own, and the picture has the image's size") {
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

// A sheet of 12 x 12 pixel parts for PixelPlan; one character each: which class every exit says there.
std::string SheetOf(const std::vector<std::string>& rows) {
  const size_t columns = rows[0].size();
  std::string text = "P6 " + std::to_string(12 * columns) + " " + std::to_string(12 * rows.size()) + " 255\n";
  for (size_t y = 0; y < 12 * rows.size(); ++y) {
    for (size_t x = 0; x < 12 * columns; ++x) {
      const char part = rows[y / 12][x / 12];  // 'f', 'c', 'h', 's' for free, crack, hole, stain
      const bool bright = x % 12 / 3 == std::string("fchs").find(part);
      text += std::string(3, bright ? '\xf0' : '\0');
    }
  }
  return text;
}

TEST_CASE("vitrt scan: a verdict, and bad tiles that lie together as regions") {
  const Workspace w = MakeWorkspace();
  PixelPlan().Write(w("pixel.plan"));
  WriteText(w("bad.ppm"), SheetOf({"fcff", "fcff", "fffh"}));
  WriteText(w("good.ppm"), SheetOf({"ffff", "ffff"}));
  const std::vector<std::string> cut = {"--tile", "12", "--stride", "12"};
  const auto scan = [&](const std::string& image, std::vector<std::string> more) {
    more.insert(more.begin(), {"scan", w("pixel.plan"), image, cut[0], cut[1], cut[2], cut[3]});
    return RunVitrt(more);
  };
  const json bad = json::parse(scan(w("bad.ppm"), {"--json", "-o", w("heat.png")}).out);
  CHECK(bad["verdict"] == "bad");
  CHECK(bad["bad_tiles"] == 3);
  REQUIRE(bad["regions"].size() == 2);
  for (const json& region : bad["regions"]) {
    CAPTURE(region.dump());
    const bool crack = region["label"] == "crack";
    CHECK(region["x"] == (crack ? 12 : 36));
    CHECK(region["y"] == (crack ? 0 : 24));
    CHECK(region["width"] == 12);
    CHECK(region["height"] == (crack ? 24 : 12));
    CHECK(region["tiles"] == (crack ? 2 : 1));
    CHECK(region["class"] == (crack ? 1 : 2));
    CHECK(region["score"] > 0.9);
  }
  const std::string png = ReadText(w("heat.png"));
  const auto picture = image::Decode(std::as_bytes(std::span(png)));
  REQUIRE(picture.ok());
  const uint8_t* corner = picture->pixels.data() + (24 * 48 + 36) * 3;  // of the box around the hole
  CHECK(corner[0] == 0);
  CHECK(corner[2] == 255);
  CHECK(scan(w("bad.ppm"), {}).out.find("verdict: bad, 2 regions (3 of 12 tiles)") != std::string::npos);

  const json good = json::parse(scan(w("good.ppm"), {"--json"}).out);
  CHECK(good["verdict"] == "good");
  CHECK(good["regions"].empty());
  CHECK(scan(w("good.ppm"), {}).out.find("verdict: good, 0 regions (0 of 8 tiles)") != std::string::npos);
}

// The same 40 x 24 pixels as BMP, which is decoded whole: rows from the bottom up, in blue, green, red.
std::string AsBmp(const std::string& ppm) {
  const std::string pixels = ppm.substr(ppm.find("255\n") + 4);
  const auto number = [](uint32_t v) { return std::string(reinterpret_cast<const char*>(&v), 4); };
  std::string bmp = "BM" + number(54 + 40 * 24 * 3) + number(0) + number(54) + number(40) + number(40) + number(24) +
                    number(1 | 24 << 16) + std::string(24, '\0');
  for (int y = 23; y >= 0; --y) {
    for (int x = 0; x < 40; ++x) {
      for (int c = 2; c >= 0; --c) bmp += pixels.data()[(y * 40 + x) * 3 + c];
    }
  }
  return bmp;
}

TEST_CASE("vitrt scan: an image read in strips gives what it gives when it is decoded whole") {
  const Workspace w = MakeWorkspace();
  WriteLarge(w("large.ppm"));
  const std::string ppm = ReadText(w("large.ppm"));
  WriteText(w("large.bmp"), AsBmp(ppm));
  const auto decoded = image::Decode(std::as_bytes(std::span(ppm)));
  REQUIRE(decoded.ok());
  const auto png = image::EncodePng(*decoded);
  REQUIRE(png.ok());
  WriteText(w("large.png"), {reinterpret_cast<const char*>(png->data()), png->size()});
  json expected;
  std::string heat;
  for (const char* name : {"large.bmp", "large.ppm", "large.png"}) {
    const Finished f = RunVitrt({"scan", w("two.plan"), w(name), "--tile", "12", "--stride", "7", "--good", "free",
                                 "--json", "-o", w("heat.png")});
    REQUIRE_MESSAGE(f.code == 0, f.err);
    json j = json::parse(f.out);
    j.erase("image");
    j.erase("ms");
    if (expected.is_null()) expected = j, heat = ReadText(w("heat.png"));
    CHECK(j == expected);
    CHECK(ReadText(w("heat.png")) == heat);
  }
}

TEST_CASE(
    "vitrt scan: an image of more pixels than are decoded at once is read in strips, or refused with the reason") {
  const Workspace w = MakeWorkspace();
  WriteText(w("huge.pgm"), "P5 20000 15000 255\n");  // black, and mostly a hole in the file
  std::filesystem::resize_file(w("huge.pgm"), 19 + 300'000'000);
  const Finished f = RunVitrt({"scan", w("two.plan"), w("huge.pgm"), "--tile", "5000", "--stride", "5000", "--good",
                               "free", "--json", "-o", w("heat.png"), "--max-side", "200"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  CHECK(json::parse(f.out)["tiles"].size() == 4 * 3);
  std::filesystem::remove(w("huge.pgm"));

  std::string bmp = AsBmp("P6 40 24 255\n" + std::string(40 * 24 * 3, '\0'));
  bmp.replace(18, 8, std::string("\x20\x4e\0\0\x98\x3a\0\0", 8));  // 20000 x 15000
  WriteText(w("huge.bmp"), bmp);
  const Finished refused = RunVitrt({"scan", w("two.plan"), w("huge.bmp"), "--good", "free"});
  CHECK(refused.code == 4);
  CHECK(refused.one_error());
  CHECK(refused.err.find("20000 x 15000 pixels is too large") != std::string::npos);
  CHECK(refused.err.find("in strips") != std::string::npos);
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
