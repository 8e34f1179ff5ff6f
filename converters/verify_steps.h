// Checks that every step of a plan computes what its node of the graph does. Each step on the plan's own inputs: in
// int8 a rounding that flips moves all that follows, so that the whole says little about a step.
#pragma once

#include <string>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

struct StepError {
  std::string name, op;
  // Largest difference, relative to the largest magnitude of the reference or, where the step adds up what nearly cancels,
  // to a share of the sum of magnitudes (summed_size.h): then, the tolerance is 2e-6 of that sum.
  double error = 0;
  double tolerance = 0;  // of the op
};

// Runs the plan file on `input`, and for each of its steps the reference evaluation of nodes[step] on the inputs that
// the step had. `graph` is what the plan was written from. Errors: of loading the plan.
Result<std::vector<StepError>> VerifySteps(const std::string& plan_path, const Graph& graph,
                                           const std::vector<const Node*>& nodes, const Tensor& input, int threads);

}  // namespace vitrt::convert
