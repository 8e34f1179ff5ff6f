#include "runtime/line/prediction/record_identity.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace vitrt::line {

void AddIdentity(const RecordIdentity& identity, nlohmann::ordered_json* json) {
  nlohmann::ordered_json& j = *json;
  if (!identity.camera.empty()) j["camera"] = identity.camera;
  if (!identity.part.empty()) j["part"] = identity.part;
  if (identity.latency_ms) j["close_to_answer_ms"] = std::round(*identity.latency_ms * 1e3) / 1e3;
  j["time"] = identity.time;
  j["image_xxh3"] = identity.hash;
  j["plan"] = identity.plan;
}

}  // namespace vitrt::line
