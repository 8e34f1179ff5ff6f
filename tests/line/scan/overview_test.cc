#include "runtime/line/scan/overview.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace vitrt::scan {
namespace {

TEST_CASE("an overview is the same whatever pieces the rows come in") {
  image::DecodedImage image;
  image.width = 31;
  image.height = 23;
  image.pixels.resize(31 * 23 * 3);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 7);
  Overview whole(31, 23, 8);
  whole.Take(image.view(), 0);
  CHECK(whole.step() == 4);
  CHECK(whole.grey().width == 8);
  CHECK(whole.grey().height == 6);
  const uint8_t* p = image.pixels.data() + (4 * 31 + 8) * 3;
  CHECK(whole.grey().pixels[1 * 8 + 2] == (p[0] + 2 * p[1] + p[2]) / 4);
  for (const int64_t rows : {1, 3, 5}) {
    Overview pieces(31, 23, 8);
    for (int64_t y = 0; y < 23; y += rows) {
      ImageView view = image.view();
      view.data = image.pixels.data() + y * view.stride;
      view.height = std::min<int64_t>(rows, 23 - y);
      pieces.Take(view, y);
    }
    CHECK(pieces.grey().pixels == whole.grey().pixels);
  }
}

}  // namespace
}  // namespace vitrt::scan
