// One infer request on its way from the socket to a worker and back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/line/serve/response.h"

namespace vitrt::serve {

class ServedModel;

struct InferJob {
  ServedModel* model = nullptr;
  int together = 1;  // images of this model that one worker runs faster as a batch
  std::string body;
  std::optional<uint64_t> json_bytes;
  std::chrono::steady_clock::time_point arrived;
  Respond respond;
};

}  // namespace vitrt::serve
