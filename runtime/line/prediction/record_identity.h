// What a record holds beside the prediction: image, time and plan.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace vitrt::line {

struct RecordIdentity {
  std::string image;  // path, or a request's name for it
  std::string time;   // of the prediction
  std::string hash;   // of the image's bytes
  std::string plan;   // hash

  std::string camera = {};                // "": the only one
  std::string part = {};                  // that the image shows; "": not known
  std::optional<double> latency_ms = {};  // from the closing of the file to the prediction, where that was seen
};

// Adds what is known, but the image: "camera", "part", "close_to_answer_ms", then "time", "image_xxh3", "plan".
void AddIdentity(const RecordIdentity& identity, nlohmann::ordered_json* json);

}  // namespace vitrt::line
