// Where `vitrt calibrate` gets its images: a folder, with labels or without, or the shadow lines of a log; and the
// reference that predictions are compared with.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/cli/command.h"
#include "runtime/line/images/record_images.h"

namespace vitrt::cli {

struct CalibrationSource {
  std::string folder, log;  // one of them
  std::string reference;    // plan file; "": the plan's own last exit
  bool strict = false;
};

struct Gathered {
  line::Recording recording;
  std::vector<double> cost;  // [exits], of leaving there: ms where `timed`, FLOPs otherwise
  bool timed = false;
  size_t left_out = 0;  // files or lines
  std::string reference = "the last exit";
  nlohmann::ordered_json evidence;  // what the above were
};

// Prints notes of what was left out. Errors: as ReadImageFolder, RecordImages and ReadShadowLog; kInvalidArgument (no
// source or two, a reference beside a log, a reference with other classes or another preprocessing), kBadInput (all
// images are the same).
Result<Gathered> Gather(const CalibrationSource& source, ExitPolicy policy, const CommonOptions& common,
                        const Engine& engine);

}  // namespace vitrt::cli
