// The preprocessing recipe of a plan, from a JSON file or from options.
//
//   {"channels": 3,                                          1 or 3; default: the model's
//    "resize": {"rule": "exact", "height": 224, "width": 224},   or {"rule": "shorter_side", "height": 256}, {"rule":
//    "none"} "crop": {"height": 224, "width": 224},                  centre crop; default: none "interpolation":
//    "bicubic",                             nearest, box, bilinear, bicubic, lanczos "mean": [0.5, 0.5, 0.5], "std":
//    [0.5, 0.5, 0.5]}        of values scaled to [0, 1]; one per channel
#pragma once

#include <string>

#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::convert {

struct InputSize {
  int channels = 0, height = 0, width = 0;
};

// What the command line says; empty: not given.
struct RecipeOptions {
  std::string file;          // --preprocess
  std::string resize, crop;  // "256" (shorter side; a square crop) or "224x224" (height x width)
  std::string interpolation;
  std::string mean, std;  // "0.485,0.456,0.406", or one number for every channel
};

// Without a file and options: resize to the model's input size, bicubic, mean and std 0.5. Options replace single parts
// of it. Errors: kInvalidArgument, naming the option, the key or the file.
Result<plan::PreprocessT> MakeRecipe(const RecipeOptions& options, const InputSize& input);

// One line: "resize the shorter side to 256 (bicubic), crop 224x224, mean 0.485,0.456,0.406, std ..."
std::string ToText(const plan::PreprocessT& recipe);

}  // namespace vitrt::convert
