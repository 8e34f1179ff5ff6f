// Exits, and the cut of the graph into what each of them needs.
#pragma once

#include <string>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

struct ExitChoice {
  std::vector<GraphOutput> exits;  // in the order in which they are tried
  std::vector<GraphOutput> raw;    // the other outputs
};

// With no names: all rank-2 float outputs [1, classes] with the same number of classes, in graph order; where several
// numbers occur, the group with the most outputs, the first of equals. Names give exits and their order.
// Errors: kInvalidArgument (a name that is no output, or named twice, or no logits).
Result<ExitChoice> ChooseExits(const Graph& graph, const std::vector<std::string>& names);

struct Segment {
  int first = 0, count = 0;  // nodes
  int exit = -1;             // index into exits; -1: the rest, for raw outputs
};

// Reorders the nodes so that segment k is what exit k needs and no earlier one did, in their old order; nodes only
// needed by raw outputs come last. One segment per exit, and one more if there is a rest.
Result<std::vector<Segment>> CutSegments(Graph* graph, const ExitChoice& choice);

}  // namespace vitrt::convert
