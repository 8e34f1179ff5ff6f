// A graph of any inputs through the passes, a plan and the runtime. A plan takes one image, so the inputs are laid
// behind each other into one, and the graph begins by cutting them out of it again.
#pragma once

#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::test {

// arguments: of graph.free_inputs, in their order. Errors: kUnsupported (no plan form, no implementation, or a value
// that fp32 does not hold); everything else is an error.
Result<std::vector<convert::Tensor>> RunPlainPlan(const convert::Graph& graph,
                                                  const std::vector<convert::Tensor>& arguments);  // required passes
Result<std::vector<convert::Tensor>> RunOptimisedPlan(const convert::Graph& graph,
                                                      const std::vector<convert::Tensor>& arguments);  // all of them

}  // namespace vitrt::test
