// One prediction with its image, time and plan: a JSON line of `--log`, written here and read by `vitrt monitor`.
//
//   {"time": "2026-03-04T05:06:07.089Z",     UTC; the order of lines counts, not the clock, which may be set back
//    "image": "a.png", "camera": "left", "part": "4711", "close_to_answer_ms": 5.25,    the last three where known
//    "image_xxh3": "0123456789abcdef",
//    "plan": "<sha256>",
//    "model": "<sha256>",                     of the plan without its thresholds (model_identity.h)
//    "options": {"policy": "max-prob", "thresholds": [0.9], ...},
//    "label": "crack", "class": 1, "probability": 0.93, "confidence": 0.93, "margin": 0.9,     null without a decision,
//                                                                                             and "class": -1
//    "input": {"mean": 0.1, "deviation": 0.9},     of the values that the model saw
//    "exit": {"index": 0, "name": "early"}, "ms": {"decode": 1.5, "preprocess": 0.5, "run": 12.25}, "flags": [],
//    "shadow": {"label": "crack", "class": 1, "confidence": 0.99,       only where the last exit was run beside
//               "exits": [{"class": 1, "confidence": 0.93}, ...]}}       every exit's prediction, the last included
// "options" holds the policy and thresholds in force, the tier and "machine" (MachineOf), the threads; "promised": 0.02 where the plan's thresholds are in force and were certified for that rate of
// disagreement with the last exit.
// or, for an image that could not be classified,
//   {"time": ..., "image": ..., "plan": ..., "options": ..., "error": "not an image"}
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::audit {

struct ShadowExit {
  int class_index = -1;
  float confidence = 0;  // NaN where the logits were not finite
};

struct Shadow {
  std::string label;
  int class_index = -1;
  float confidence = 0;
  std::vector<ShadowExit> exits = {};  // empty in logs of 0.1.0
};

struct Record {
  std::string time, image, image_xxh3, plan, model;
  std::string camera, part;          // "" as not known
  std::optional<double> latency_ms;  // from the closing of the file to the prediction
  std::string options = "{}";        // a JSON object
  std::string policy;                // of the options; set by FromLine
  std::string machine;               // likewise: tier, CPU features and tune file; of older logs the tier alone
  std::optional<double> promised;    // likewise
  std::string error;                 // not empty: none of what follows is set
  std::string label;                 // "" without a decision
  int class_index = -1;
  float probability = 0, confidence = 0;  // NaN without a decision
  float margin = 0;                       // largest minus second largest probability
  float input_mean = 0, input_deviation = 0;
  int exit = -1;
  std::string exit_name;
  double decode_ms = 0, preprocess_ms = 0, run_ms = 0;
  std::vector<std::string> flags;
  std::optional<Shadow> shadow;

  bool decided() const { return class_index >= 0; }
  double total_ms() const { return decode_ms + preprocess_ms + run_ms; }
};

std::string ToLine(const Record& record);  // ends with a newline
// Errors: kBadInput.
Result<Record> FromLine(std::string_view line);

std::string TimeNow();  // "2026-03-04T05:06:07.089Z"

}  // namespace vitrt::audit
