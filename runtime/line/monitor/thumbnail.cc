#include "runtime/line/monitor/thumbnail.h"

#include <algorithm>
#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <filesystem>
#include <span>
#include <vector>

#include "runtime/base/file_bytes.h"
#include "runtime/base/os/file.h"
#include "runtime/image/decode.h"
#include "runtime/image/encode_png.h"
#include "runtime/image/resize.h"
#include "runtime/line/audit/shadow.h"

namespace vitrt::monitor {
namespace {

std::string Base64(std::span<const std::byte> bytes) {
  using boost::archive::iterators::base64_from_binary;
  using boost::archive::iterators::transform_width;
  std::string in(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t padding = (3 - in.size() % 3) % 3;
  in.append(padding, '\0');
  using Digits = base64_from_binary<transform_width<std::string::const_iterator, 6, 8>>;
  std::string text(Digits(in.cbegin()), Digits(in.cend()));
  return text.replace(text.size() - padding, padding, padding, '=');
}

image::DecodedImage Downscale(const image::DecodedImage& image) {
  const int64_t longest = std::max(image.width, image.height);
  if (longest <= kThumbnailSide) return image;
  image::DecodedImage small;
  small.width = std::max<int64_t>(1, image.width * kThumbnailSide / longest);
  small.height = std::max<int64_t>(1, image.height * kThumbnailSide / longest);
  small.format = image.format;
  small.pixels.resize(static_cast<size_t>(small.width * small.height * image.channels()));
  const image::Pixels pixels{image.pixels.data(), image.width, image.height, image.width * image.channels(),
                             image.channels()};
  image::ResizeWorkspace workspace;
  image::Resize(pixels, small.width, small.height, image::Interpolation::kBilinear, {0, 0, small.width, small.height},
                small.pixels.data(), &workspace);
  return small;
}

}  // namespace

std::string Thumbnail(const std::string& path, const std::string& image_xxh3) {
  const auto facts = os::Look(path);
  if (!facts || !facts->regular) return {};  // a FIFO would be waited for
  if (facts->bytes > static_cast<uint64_t>(kMaxThumbnailBytes)) return {};
  const Result<FileBytes> file = FileBytes::Open(path, FileBytes::Mode::kRead);
  if (!file.ok() || audit::HashText(audit::ImageHash(file->bytes())) != image_xxh3) return {};
  const Result<image::DecodedImage> image = image::Decode(file->bytes());
  if (!image.ok()) return {};
  const Result<std::vector<std::byte>> png = image::EncodePng(Downscale(*image));
  return png.ok() ? "data:image/png;base64," + Base64(*png) : std::string();
}

}  // namespace vitrt::monitor
