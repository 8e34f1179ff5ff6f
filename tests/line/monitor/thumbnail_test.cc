#include "runtime/line/monitor/thumbnail.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <span>

#include "runtime/line/audit/shadow.h"
#include "runtime/line/monitor/page.h"
#include "tests/plan/test_plan.h"

namespace vitrt::monitor {
namespace {

std::string WriteImage(const std::string& name, const std::string& bytes) {
  std::string path = test::TemporaryPath(name);
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string HashOf(const std::string& bytes) {
  return audit::HashText(audit::ImageHash(std::as_bytes(std::span(bytes))));
}

// Width and height of a PNG in a data URI: both lie within the first 24 bytes.
std::pair<int, int> SizeOf(const std::string& uri) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = uri.substr(uri.find(',') + 1, 32);
  std::string bytes;
  for (size_t i = 0; i + 4 <= text.size(); i += 4) {
    uint32_t four = 0;
    for (size_t k = 0; k < 4; ++k) four = four << 6 | static_cast<uint32_t>(digits.find(text[i + k]));
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(four >> shift & 255);
  }
  const auto number = [&](size_t at) {
    return static_cast<uint8_t>(bytes[at + 2]) << 8 | static_cast<uint8_t>(bytes[at + 3]);
  };
  CHECK(bytes.substr(1, 3) == "PNG");
  return {number(16), number(20)};
}

TEST_CASE("an image that is still there becomes a small PNG within the page") {
  const std::string large = "P5 300 200 255\n" + std::string(300 * 200, '\x40'),
                    small = "P5 5 9 255\n" + std::string(45, 'a');
  const std::string uri = Thumbnail(WriteImage("large.pgm", large), HashOf(large));
  CHECK(uri.starts_with("data:image/png;base64,"));
  CHECK(SizeOf(uri) == std::pair(96, 64));
  CHECK(SizeOf(Thumbnail(WriteImage("small.pgm", small), HashOf(small))) == std::pair(5, 9));
}

TEST_CASE("what is gone, changed, no image or no file has no picture") {
  const std::string image = "P5 5 9 255\n" + std::string(45, 'a'), text = "no image";
  CHECK(Thumbnail(test::TemporaryPath("gone.pgm"), HashOf(image)).empty());
  CHECK(Thumbnail(WriteImage("changed.pgm", image), HashOf(text)).empty());
  CHECK(Thumbnail(WriteImage("text.pgm", text), HashOf(text)).empty());
  CHECK(Thumbnail("/dev/zero", HashOf(image)).empty());
  const std::string fifo = test::TemporaryPath("fifo.pgm");
  mkfifo(fifo.c_str(), 0600);
  CHECK(Thumbnail(fifo, HashOf(image)).empty());
}

TEST_CASE("the page shows the least confident predictions that have one") {
  const std::string image = "P5 5 9 255\n" + std::string(45, 'a');
  History history;
  for (const std::string& path : {WriteImage("there.pgm", image), std::string("gone.pgm")}) {
    audit::Record r;
    r.image = path;
    r.image_xxh3 = HashOf(image);
    r.exit = 0;
    r.exit_name = "logits";
    history.records.push_back(r);
  }
  const std::string page = Page(Examine(history, {}), "log", "");
  CHECK(page.find("<img") != std::string::npos);
  CHECK(page.find("<img") == page.rfind("<img"));
}

}  // namespace
}  // namespace vitrt::monitor
