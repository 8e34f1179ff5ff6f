// The cut of a graph into what each of its exits needs.
#pragma once

#include <vector>

#include "converters/exits/exits.h"

namespace vitrt::convert {

struct Segment {
  int first = 0, count = 0;  // nodes
  int exit = -1;             // index into exits; -1: what only raw outputs need
};

// The last change to a graph before its plan is written: puts the exits in order (OrderExits), and the nodes so that what
// exit k needs and no earlier one did stands together, in its old order; nodes that only raw outputs need come last.
void OrderBySegments(Graph* graph, ExitChoice* choice);

// One segment per exit, which may be empty, and one more if raw outputs need more. Error: kInternal, if the nodes do not
// stand as OrderBySegments leaves them, or no output needs one of them.
Result<std::vector<Segment>> CutSegments(const Graph& graph, const ExitChoice& choice);

}  // namespace vitrt::convert
