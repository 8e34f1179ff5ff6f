#include "runtime/image/preprocess.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/image/decode.h"
#include "runtime/image/to_pixels.h"

namespace vitrt::image {
namespace {

std::string ToString(int64_t width, int64_t height) { return std::to_string(width) + " x " + std::to_string(height); }

Status CheckRecipe(const Recipe& r) {
  if (r.channels != 1 && r.channels != 3)
    return InvalidArgument("preprocessing to " + std::to_string(r.channels) + " channels");
  const bool shorter = r.rule == ResizeRule::kShorterSide, exact = r.rule == ResizeRule::kExact;
  if ((shorter || exact) && (r.resize_height <= 0 || r.resize_height > kMaxSide))
    return InvalidArgument("resize height out of range");
  if (exact && (r.resize_width <= 0 || r.resize_width > kMaxSide)) return InvalidArgument("resize width out of range");
  if (r.rule > ResizeRule::kExact || r.interpolation > Interpolation::kLanczos)
    return InvalidArgument("unknown resize rule or filter");
  if (r.crop_height < 0 || r.crop_width < 0 || (r.crop_height == 0) != (r.crop_width == 0)) {
    return InvalidArgument("crop of " + ToString(r.crop_width, r.crop_height));
  }
  for (const auto* list : {&r.mean, &r.std}) {
    if (!list->empty() && list->size() != static_cast<size_t>(r.channels))
      return InvalidArgument("mean or std of the wrong length");
    for (const float value : *list) {
      if (!std::isfinite(value)) return InvalidArgument("mean or std is not a finite number");
    }
  }
  if (r.sample_bits < 8 || r.sample_bits > 16) return InvalidArgument("samples hold 8 to 16 bits");
  for (const float value : r.std) {
    if (value == 0) return InvalidArgument("std of 0");
  }
  return {};
}

// The model's input size, or the reason why the recipe cannot give it whatever the image.
Status CheckOutput(const Recipe& r, int64_t height, int64_t width) {
  if (height <= 0 || width <= 0 || height > kMaxSide || width > kMaxSide || width > kMaxPixels / height) {
    return InvalidArgument("model input of " + ToString(width, height));
  }
  const bool crop = r.crop_height > 0;
  const bool exact = r.rule == ResizeRule::kExact;
  const int64_t h = crop ? r.crop_height : exact ? r.resize_height : height;
  const int64_t w = crop ? r.crop_width : exact ? r.resize_width : width;
  if (h == height && w == width) return {};
  return InvalidArgument("preprocessing gives " + ToString(w, h) + " pixels, the model takes " +
                         ToString(width, height));
}

}  // namespace

Size ResizedSize(const Recipe& recipe, Size image) {
  if (recipe.rule == ResizeRule::kNone) return image;
  if (recipe.rule == ResizeRule::kExact) return {recipe.resize_width, recipe.resize_height};
  const int64_t side = recipe.resize_height;
  const int64_t shorter = std::min(image.width, image.height), longer = std::max(image.width, image.height);
  const int64_t other = side * longer / shorter;
  return image.width <= image.height ? Size{side, other} : Size{other, side};
}

CropAxis CenterCropAxis(int64_t size, int64_t crop) {
  if (crop >= size) return {0, size, (crop - size) / 2};
  const int64_t spare = size - crop;
  int64_t begin = spare / 2;
  if (spare % 2 == 1 && begin % 2 == 1) ++begin;  // a half rounds to even
  return {begin, crop, 0};
}

Result<Preprocessor> Preprocessor::Create(const Recipe& recipe, int64_t height, int64_t width, bool channels_last) {
  VITRT_RETURN_IF_ERROR(CheckRecipe(recipe));
  VITRT_RETURN_IF_ERROR(CheckOutput(recipe, height, width));
  Preprocessor p;
  p.recipe_ = recipe;
  p.height_ = height;
  p.width_ = width;
  p.channels_last_ = channels_last;
  p.normalized_.resize(static_cast<size_t>(recipe.channels));
  for (size_t c = 0; c < p.normalized_.size(); ++c) {
    const float mean = recipe.mean.empty() ? 0.0f : recipe.mean[c], std = recipe.std.empty() ? 1.0f : recipe.std[c];
    for (int v = 0; v < 256; ++v) {
      const float scaled = recipe.bytes ? static_cast<float>(v) : static_cast<float>(v) / 255.0f;
      p.normalized_[c][static_cast<size_t>(v)] = (scaled - mean) / std;
    }
  }
  return p;
}

Status Preprocessor::Run(const ImageView& image, float* out) {
  VITRT_RETURN_IF_ERROR(CheckView(image));
  const Size size = ResizedSize(recipe_, {image.width, image.height});
  const bool crop = recipe_.crop_height > 0;
  if (!crop && size != Size{width_, height_}) {
    return BadInput("image of " + ToString(image.width, image.height) + " pixels gives an input of " +
                    ToString(size.width, size.height) + ", the model takes " + ToString(width_, height_));
  }
  const CropAxis x = CenterCropAxis(size.width, width_), y = CenterCropAxis(size.height, height_);
  depth_ = {.bits = image.bits != 0 ? image.bits : recipe_.sample_bits};
  Pixels pixels = ToPixels(image, recipe_.channels, &depth_, &converted_);
  const uint8_t* kept = pixels.data + y.begin * pixels.stride + x.begin * pixels.channels;
  int64_t stride = pixels.stride;
  if (size != Size{image.width, image.height}) {
    stride = x.length * pixels.channels;
    resized_.resize(static_cast<size_t>(stride * y.length));
    Resize(pixels, size.width, size.height, recipe_.interpolation, {x.begin, y.begin, x.length, y.length},
           resized_.data(), &workspace_);
    kept = resized_.data();
  }
  Normalize(kept, stride, pixels.channels, x, y, out);
  return {};
}

// `kept`: the y.length x x.length pixels that the crop keeps. A grey image feeds every channel.
void Preprocessor::Normalize(const uint8_t* kept, int64_t stride, int in_channels, const CropAxis& x, const CropAxis& y,
                             float* out) const {
  const int64_t channels = recipe_.channels;
  const int64_t pixel_step = channels_last_ ? channels : 1, channel_step = channels_last_ ? 1 : height_ * width_;
  for (int64_t c = 0; c < channels; ++c) {
    const float* value = normalized_[static_cast<size_t>(c)].data();
    const uint8_t* in = kept + (in_channels == 1 ? 0 : c);
    float* row = out + c * channel_step;
    for (int64_t oy = 0; oy < height_; ++oy, row += width_ * pixel_step) {
      const bool inside = oy >= y.pad && oy < y.pad + y.length;
      const int64_t left = inside ? x.pad : width_, right = inside ? x.pad + x.length : width_;
      for (int64_t ox = 0; ox < left; ++ox) row[ox * pixel_step] = value[0];
      const uint8_t* from = in + (oy - y.pad) * stride - x.pad * in_channels;
      for (int64_t ox = left; ox < right; ++ox) row[ox * pixel_step] = value[from[ox * in_channels]];
      for (int64_t ox = right; ox < width_; ++ox) row[ox * pixel_step] = value[0];
    }
  }
}

}  // namespace vitrt::image
