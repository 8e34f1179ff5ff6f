// Runs images through a plan to the last exit and keeps every exit's prediction: the input of eval and calibrate.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "runtime/line/calibration/records.h"
#include "runtime/line/images/labelled_folder.h"
#include "vitrt/session.h"

namespace vitrt::line {

struct Recording {
  calibration::Records records;
  std::vector<LabelledImage> images;          // in the order of the records
  std::vector<std::vector<std::byte>> files;  // the bytes of those that are kept, in that order
  int copies = 0;                             // images that are there already, byte for byte: left out if asked for
  std::vector<std::string> unreadable;        // one line each: left out
  std::vector<InputStatistics> inputs;        // of the model's input, after preprocessing
  std::string machine;                        // tier, CPU features and tune file that the predictions were made with
  std::string data_sha256;                    // over class index and SHA-256 of every image, in order
};

// Confidences and classes of one image, in the order of the exits; NaN where the logits are not finite.
struct ExitOutputs {
  std::vector<float> confidence;
  std::vector<int> predicted;
  InputStatistics input;
};

// Runs one image file to the end.
Result<ExitOutputs> RunAllExits(std::span<const std::byte> file, ExitPolicy policy, const Engine& engine,
                                Session* session);

using OnProgress = std::function<void(double done, const std::string& text)>;  // done in [0, 1]

struct RecordOptions {
  ExitPolicy policy = ExitPolicy::kMaxProb;
  bool strict = false;  // an image that cannot be read is an error; otherwise it is left out and listed
  bool leave_out_copies = false;
  size_t max_files = SIZE_MAX;  // whose bytes are kept, evenly over the images
};

Result<Recording> RecordImages(const LabelledFolder& folder, const RecordOptions& options, const Engine& engine,
                               Session* session, const OnProgress& progress);

// Median time of a run that tries every exit up to exit k and leaves there, in ms, for each k; over at most `runs` of
// the images, exits in turn. Of an exit that the plan disables: the time to the next one.
Result<std::vector<double>> MeasureExitCosts(const Recording& recording, int runs, const Engine& engine,
                                             Session* session);

}  // namespace vitrt::line
