// The ordered list of passes and the runner: each pass is timed, counted and followed by a check of the graph.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

struct Pass {
  const char* name;    // "fuse-attention"; for --disable-pass and --dump-after
  const char* reason;  // why it is there, and at this place of the list
  bool required;       // a plan cannot be written without it
  Result<int> (*run)(Graph*);
};

// In the order they run; a pass may appear more than once.
std::span<const Pass> Passes();

struct PassReport {
  const Pass* pass;
  int changes;
  double ms;
  size_t nodes;  // after it
};

struct PipelineOptions {
  std::vector<std::string> disabled;
  std::string dump_after;                        // name of a pass, empty: none
  std::function<void(const std::string&)> dump;  // gets the text of the graph, once per run of that pass
};

// Runs the list on `graph`. Errors: kInvalidArgument (an unknown pass, a required one disabled), kInternal (a pass
// broke the graph; the error names it).
Result<std::vector<PassReport>> RunPasses(Graph* graph, const PipelineOptions& options);

}  // namespace vitrt::convert
