#include "runtime/image/resize.h"

#include <algorithm>
#include <random>

#include "doctest/doctest.h"
#include "tests/image/golden.h"

namespace vitrt::image {
namespace {

struct ResizeCase {
  int channels = 0;
  int64_t width = 0, height = 0, out_width = 0, out_height = 0;
  std::string filter;
};

std::istringstream& operator>>(std::istringstream& in, ResizeCase& c) {
  in >> c.channels >> c.width >> c.height >> c.filter >> c.out_width >> c.out_height;
  return in;
}

std::vector<uint8_t> Resized(const uint8_t* data, int64_t stride, const ResizeCase& c, const Window& window,
                             ResizeWorkspace* workspace) {
  std::vector<uint8_t> out(static_cast<size_t>(window.width * window.height * c.channels));
  Resize({data, c.width, c.height, stride, c.channels}, c.out_width, c.out_height, ParseFilter(c.filter), window,
         out.data(), workspace);
  return out;
}

// As in make_golden.py.
std::vector<uint8_t> Pattern(int64_t count) {
  std::vector<uint8_t> out(static_cast<size_t>(count));
  uint64_t state = 12345;
  for (uint8_t& byte : out) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<uint8_t>(state >> 56);
  }
  return out;
}

uint64_t Fnv1a(const std::vector<uint8_t>& bytes) {
  uint64_t hash = 14695981039346656037u;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

TEST_CASE("resizes to Pillow's very bytes, whatever the stride") {
  const Golden golden;
  ResizeWorkspace workspace;
  for (Golden::Case& g : golden.Cases("resize")) {
    ResizeCase c;
    g.fields >> c;
    INFO(c.filter << " " << c.width << "x" << c.height << " to " << c.out_width << "x" << c.out_height);
    const int64_t row = c.width * c.channels;
    const std::vector<uint8_t> expected(g.bytes + row * c.height, g.bytes + g.byte_count);
    const Window all = {0, 0, c.out_width, c.out_height};
    CHECK(Resized(g.bytes, row, c, all, &workspace) == expected);

    // The same pixels bottom-up with padding between the rows.
    const int64_t stride = row + 5;
    std::vector<uint8_t> flipped(static_cast<size_t>(stride * c.height), 77);
    for (int64_t y = 0; y < c.height; ++y) {
      std::copy_n(g.bytes + y * row, row, flipped.data() + (c.height - 1 - y) * stride);
    }
    CHECK(Resized(flipped.data() + (c.height - 1) * stride, -stride, c, all, &workspace) == expected);
  }
}

TEST_CASE("resizes photographs' sizes to Pillow's very bytes") {
  const Golden golden;
  for (Golden::Case& g : golden.Cases("hash")) {
    ResizeCase c;
    uint64_t expected = 0;
    g.fields >> c >> expected;
    INFO(c.filter << " " << c.width << "x" << c.height << " to " << c.out_width << "x" << c.out_height);
    const std::vector<uint8_t> in = Pattern(c.width * c.height * c.channels);
    ResizeWorkspace workspace;
    CHECK(Fnv1a(Resized(in.data(), c.width * c.channels, c, {0, 0, c.out_width, c.out_height}, &workspace)) ==
          expected);
  }
}

TEST_CASE("a window is that part of the whole result") {
  std::mt19937 random(3);
  const auto pick = [&](int64_t low, int64_t high) { return low + static_cast<int64_t>(random() % (high - low + 1)); };
  ResizeWorkspace workspace;
  for (int round = 0; round < 200; ++round) {
    static constexpr const char* kNames[] = {"nearest", "box", "bilinear", "bicubic", "lanczos"};
    const ResizeCase c = {round % 2 == 0 ? 1 : 3, pick(1, 50), pick(1, 50), pick(1, 60), pick(1, 60),
                          kNames[round % 5]};
    const std::vector<uint8_t> in = Pattern(c.width * c.height * c.channels);
    ResizeWorkspace fresh;
    const auto whole = Resized(in.data(), c.width * c.channels, c, {0, 0, c.out_width, c.out_height}, &fresh);
    Window w;
    w.x = pick(0, c.out_width - 1);
    w.y = pick(0, c.out_height - 1);
    w.width = pick(1, c.out_width - w.x);
    w.height = pick(1, c.out_height - w.y);
    const auto part = Resized(in.data(), c.width * c.channels, c, w, &workspace);
    for (int64_t y = 0; y < w.height; ++y) {
      const auto expected = whole.begin() + ((w.y + y) * c.out_width + w.x) * c.channels;
      REQUIRE(std::equal(expected, expected + w.width * c.channels, part.begin() + y * w.width * c.channels));
    }
  }
}

TEST_CASE("a flat image stays flat at every value and scale") {
  ResizeWorkspace workspace;
  for (const char* filter : {"nearest", "box", "bilinear", "bicubic", "lanczos"}) {
    for (const uint8_t value : {0, 1, 127, 254, 255}) {
      const ResizeCase c = {3, 31, 17, 11, 40, filter};
      const std::vector<uint8_t> in(static_cast<size_t>(c.width * c.height * 3), value);
      const auto out = Resized(in.data(), c.width * 3, c, {0, 0, c.out_width, c.out_height}, &workspace);
      CHECK(std::all_of(out.begin(), out.end(), [&](uint8_t v) { return v == value; }));
    }
  }
}

}  // namespace
}  // namespace vitrt::image
