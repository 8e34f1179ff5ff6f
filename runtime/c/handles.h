// What stands behind the opaque handles of the C interface.
#pragma once

#include <vector>

#include "vitrt/c.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"

struct vitrt_engine {
  explicit vitrt_engine(vitrt::Engine e);

  vitrt::Engine engine;
  std::vector<vitrt_exit_info> exits;  // names and dims point into the engine
  std::vector<vitrt_output_info> outputs;
};

struct vitrt_session {
  vitrt_session(const vitrt::Engine& e, vitrt::Session s, int max_batch)
      : engine(e), session(std::move(s)), predictions(static_cast<size_t>(max_batch)), views(predictions.size()) {}

  vitrt::Engine engine;
  vitrt::Session session;
  std::vector<vitrt_prediction> predictions;  // [max_batch]
  std::vector<vitrt::ImageView> views;        // likewise
};
