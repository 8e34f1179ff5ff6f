// Image to model input: to `channels` (Pillow's convert('RGB') / convert('L')), resize, centre crop, to [0, 1] or left
// in [0, 255], (x - mean) / std. Gives torchvision's Resize, CenterCrop, ToTensor and Normalize on a Pillow image, in
// the same fp32 arithmetic. 16-bit samples become bytes first (SampleDepth in decode.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/image/decode.h"
#include "runtime/image/resize.h"
#include "vitrt/image.h"
#include "vitrt/status.h"

namespace vitrt::image {

enum class ResizeRule : uint8_t { kNone, kShorterSide, kExact };  // values as in plan.fbs

// As table Preprocess of plan.fbs.
struct Recipe {
  int channels = 3;  // 3 = RGB, 1 = grey
  ResizeRule rule = ResizeRule::kNone;
  int64_t resize_height = 0, resize_width = 0;  // kShorterSide: resize_height is the side
  Interpolation interpolation = Interpolation::kBicubic;
  int64_t crop_height = 0, crop_width = 0;  // 0: no crop
  std::vector<float> mean, std;             // one per channel; empty: 0 and 1
  bool bytes = false;                       // mean and std are of values in [0, 255], not [0, 1]
  int sample_bits = 16;                     // of 16-bit samples, see SampleDepth
};

struct Size {
  int64_t width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

// Size after the recipe's resize; kShorterSide rounds as torchvision's Resize(int): int(side * long / short).
Size ResizedSize(const Recipe& recipe, Size image);

// The part of a `size` long axis that a centre crop of `crop` keeps, as torchvision's CenterCrop: round half to even; a
// shorter axis is padded with zeros on both sides. [begin, begin + length) of the image lands at `pad` of the crop.
struct CropAxis {
  int64_t begin = 0, length = 0, pad = 0;
  bool operator==(const CropAxis&) const = default;
};
CropAxis CenterCropAxis(int64_t size, int64_t crop);

// Prepared once for a model; owns all the memory a run needs and allocates only when an image of a new size comes.
// Not thread-safe.
class Preprocessor {
 public:
  // height, width: the model's input. Errors: kInvalidArgument (a recipe that cannot give that input).
  static Result<Preprocessor> Create(const Recipe& recipe, int64_t height, int64_t width, bool channels_last);

  // Writes channels * height * width floats, [height, width, channels] if channels_last, else [channels, height,
  // width]. Errors: kBadInput (an image that the recipe does not resize to the model's size), kInvalidArgument (a
  // malformed view).
  Status Run(const ImageView& image, float* out);
  // The last image was a frame whose 16-bit samples hold fewer bits, most likely (SampleDepth::IsLow).
  bool last_was_low() const { return depth_.IsLow(); }

 private:
  Preprocessor() = default;
  void Normalize(const uint8_t* kept, int64_t stride, int in_channels, const CropAxis& x, const CropAxis& y,
                 float* out) const;

  Recipe recipe_;
  int64_t height_ = 0, width_ = 0;
  bool channels_last_ = true;
  std::vector<std::array<float, 256>> normalized_;  // per channel: the input value of each 8-bit sample
  SampleDepth depth_;
  std::vector<uint8_t> converted_, resized_;
  ResizeWorkspace workspace_;
};

}  // namespace vitrt::image
