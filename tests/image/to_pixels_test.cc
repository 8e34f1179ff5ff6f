#include "runtime/image/to_pixels.h"

#include "doctest/doctest.h"

namespace vitrt::image {
namespace {

std::vector<uint8_t> Gather(const Pixels& p) {
  std::vector<uint8_t> out;
  for (int64_t y = 0; y < p.height; ++y) {
    out.insert(out.end(), p.data + y * p.stride, p.data + y * p.stride + p.width * p.channels);
  }
  return out;
}

// Two pixels: red 10, green 20, blue 30; then 250, 5, 128. Luma by Pillow: 18 and 92.
struct FormatCase {
  const char* title;
  PixelFormat format;
  std::vector<uint8_t> row, rgb, grey;
};

const std::vector<uint8_t> kRgb = {10, 20, 30, 250, 5, 128}, kLuma = {18, 92};

const FormatCase kCases[] = {
    {"grey", PixelFormat::kGray8, {7, 200}, {7, 200}, {7, 200}},
    {"16-bit grey keeps the high byte", PixelFormat::kGray16, {0xff, 7, 0, 200}, {7, 200}, {7, 200}},
    {"RGB", PixelFormat::kRgb8, {10, 20, 30, 250, 5, 128}, kRgb, kLuma},
    {"BGR", PixelFormat::kBgr8, {30, 20, 10, 128, 5, 250}, kRgb, kLuma},
    {"RGBA drops alpha", PixelFormat::kRgba8, {10, 20, 30, 0, 250, 5, 128, 9}, kRgb, kLuma},
    {"BGRA drops alpha", PixelFormat::kBgra8, {30, 20, 10, 0, 128, 5, 250, 9}, kRgb, kLuma},
    {"16-bit RGB", PixelFormat::kRgb16, {1, 10, 2, 20, 3, 30, 4, 250, 5, 5, 6, 128}, kRgb, kLuma},
};

TEST_CASE("every pixel format becomes RGB or grey, top-down or bottom-up") {
  for (const FormatCase& c : kCases) {
    CAPTURE(c.title);
    // Two rows, the second with its pixels' bytes inverted, 3 bytes of padding.
    const auto row = static_cast<int64_t>(c.row.size()), stride = row + 3;
    std::vector<uint8_t> data(static_cast<size_t>(2 * stride), 99);
    for (int64_t i = 0; i < row; ++i) {
      data[static_cast<size_t>(i)] = c.row[static_cast<size_t>(i)];
      data[static_cast<size_t>(stride + i)] = c.row[static_cast<size_t>(i)];
    }
    data[static_cast<size_t>(stride + row - 1)] ^= 0x80;  // tell the rows apart
    for (const int channels : {1, 3}) {
      CAPTURE(channels);
      std::vector<uint8_t> memory;
      SampleDepth depth;
      const auto* first = reinterpret_cast<const std::byte*>(data.data());
      const ImageView down = {first, 2, 2, stride, c.format}, up = {first + stride, 2, 2, -stride, c.format};
      REQUIRE(CheckView(down).ok());
      REQUIRE(CheckView(up).ok());
      const auto a = Gather(ToPixels(down, channels, &depth, &memory));
      const auto b = Gather(ToPixels(up, channels, &depth, &memory));
      const auto& expected = channels == 1 ? c.grey : c.rgb;
      const auto half = static_cast<ptrdiff_t>(expected.size());
      REQUIRE(a.size() == expected.size() * 2);
      CHECK(std::vector<uint8_t>(a.begin(), a.begin() + half) == expected);
      CHECK(std::vector<uint8_t>(b.begin() + half, b.end()) == expected);
      CHECK(std::vector<uint8_t>(a.begin() + half, a.end()) == std::vector<uint8_t>(b.begin(), b.begin() + half));
    }
  }
}

TEST_CASE("refuses a malformed view") {
  const std::byte pixel{};
  const struct {
    const char* title;
    ImageView view;
  } cases[] = {
      {"no data", {nullptr, 1, 1, 3}},
      {"no width", {&pixel, 0, 1, 3}},
      {"negative height", {&pixel, 1, -1, 3}},
      {"stride shorter than a row", {&pixel, 2, 1, 5}},
      {"negative stride shorter than a row", {&pixel, 2, 1, -5}},
      {"no stride", {&pixel, 1, 1, 0}},
      {"more pixels than the limit", {&pixel, 1'000'000, 1'000'000, 3'000'000}},
      {"unknown format", {&pixel, 1, 1, 100, static_cast<PixelFormat>(200)}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.title);
    CHECK(CheckView(c.view).code() == StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vitrt::image
