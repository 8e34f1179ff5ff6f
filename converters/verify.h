// Checks that a plan computes what the model does. The imported graph, evaluated before any pass, against the plan in
// the engine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

// The model's outputs for one random image.
struct Reference {
  Tensor input;                    // [1, c, h, w], standard normal from the seed
  std::vector<std::string> names;  // of the outputs
  std::vector<Tensor> outputs;
};
Result<Reference> MakeReference(const Graph& imported, uint32_t seed = 1);

struct OutputError {
  std::string name;
  double error = 0;  // largest difference, relative to the largest magnitude of the reference
};

inline constexpr double kVerifyTolerance = 1e-4;

// Runs the plan file on the reference's image, all exits, on `threads` threads (0: all allowed). One entry per exit and
// raw output. Errors: of loading the plan; kInternal where an output is missing or of another size.
Result<std::vector<OutputError>> VerifyPlan(const std::string& plan_path, const Reference& reference, int threads = 0);

}  // namespace vitrt::convert
