// The preprocessing recipe of a plan, from a JSON file or from options.
//
//   {"channels": 3,                 1 or 3; default: the model's
//    "resize": {"rule": "exact", "height": 224, "width": 224},
//                                   or {"rule": "shorter_side", "height": 256}, or {"rule": "none"}
//    "crop": {"height": 224, "width": 224},    centre crop; default: none
//    "interpolation": "bicubic",    nearest, box, bilinear, bicubic, lanczos
//    "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],    one per channel
//    "range": 255,                  mean and std are of values in [0, 255], not [0, 1]; default: by their size
//    "sample_bits": 12}             of 16-bit images whose samples hold fewer bits; default: 16
#pragma once

#include <string>

#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::convert {

struct InputSize {
  int channels = 0, height = 0, width = 0;
  bool bytes = false;  // the model takes uint8 and normalizes itself
};

// What the command line says; empty: not given.
struct RecipeOptions {
  std::string file;          // --preprocess
  std::string resize, crop;  // "256" (shorter side; a square crop) or "224x224" (height x width)
  std::string interpolation;
  std::string mean, std;    // "0.485,0.456,0.406", or one number for every channel
  std::string range;        // "1" or "255"
  std::string sample_bits;  // "12"

  bool empty() const { return (file + resize + crop + interpolation + mean + std + range + sample_bits).empty(); }
};

// Without a file and options: resize to the model's input size, bicubic, mean and std 0.5; for a model that takes bytes
// mean 0 and std 1 of bytes. Options replace single parts of it. Errors: kInvalidArgument, naming the option, the key
// or the file.
Result<plan::PreprocessT> MakeRecipe(const RecipeOptions& options, const InputSize& input);

// One line: "resize the shorter side to 256 (bicubic), crop 224x224, mean 0.485,0.456,0.406, std ..."
std::string ToText(const plan::PreprocessT& recipe);

}  // namespace vitrt::convert
