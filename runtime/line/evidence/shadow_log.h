// Calibration images from a log: the shadow lines of `vitrt watch --log --shadow`, which hold every exit's prediction.
#pragma once

#include <string>

#include "runtime/line/images/record_images.h"

namespace vitrt::line {

struct ShadowLog {
  Recording recording;        // no files and no labels
  int64_t lines = 0;          // of the log that could be read, predictions and refusals
  int64_t shadow = 0;         // of them, run to the last exit
  int64_t without_exits = 0;  // of these, without every exit's prediction: written by an older vitrt
  int64_t other_policy = 0;   // of these, with confidences of another policy
  int64_t copies = 0;         // images that are in the recording already, byte for byte: left out
  int64_t bad_lines = 0;      // cut short, or no lines of such a log
};

// Reads PATH and its rotated older parts. Errors: kBadInput (it cannot be read; a line of another model, or shadow
// lines of several machines (Recording::machine); no usable shadow line, with the reason and what to do).
Result<ShadowLog> ReadShadowLog(const std::string& path, ExitPolicy policy, const Engine& engine);

}  // namespace vitrt::line
