// The cut of a graph into what each of its exits needs.
#pragma once

#include <string>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

struct GraphExit {
  std::string name;
  ValueId value = kNoValue;
  int64_t classes = 0;
  plan::ExitMeaning meaning = plan::ExitMeaning::Logits;
  std::string why;  // what the output was taken for: "logits of 5 classes"
};

struct RawOutput {
  std::string name;
  ValueId value = kNoValue;
  std::string why;  // it is no exit
};

// Which outputs of a graph are exits: exits.h.
struct ExitChoice {
  std::vector<GraphExit> exits;
  std::vector<RawOutput> raw;   // the other outputs
  bool in_given_order = false;  // the user's; else OrderExits puts them in order

  // No exits: every output of the graph as it is.
  static ExitChoice OutputsOnly(const Graph& graph);
  // The same outputs by name under the values that `graph`, changed by passes, has for them.
  void Rebind(const Graph& graph);
};

struct Segment {
  int first = 0, count = 0;  // nodes
  int exit = -1;             // index into exits; -1: the rest, for raw outputs
};

// choice.exits: in the order in which they are tried. Reorders the nodes so that segment k is what exit k needs and no earlier one did, in their old order; nodes only
// needed by raw outputs come last. One segment per exit, which may be empty, and one more if there is a rest.
Result<std::vector<Segment>> CutSegments(Graph* graph, const ExitChoice& choice);

}  // namespace vitrt::convert
