// Graph in plan form -> the tables and weights of a plan -> a file. The same graph and options give the same bytes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "converters/exits/exits.h"
#include "converters/graph/graph.h"

namespace vitrt::convert {

struct PlanOptions {
  ExitChoice exits;
  int max_batch = 1;
  std::string source_sha256;
  std::vector<std::pair<std::string, std::string>> options;  // as given on the command line
  std::vector<std::string> labels;                           // empty, or one per class
  std::optional<plan::PreprocessT> preprocess;               // absent: the plan takes tensors only
};

struct SegmentSummary {
  std::string exit;  // empty: raw outputs
  int steps = 0;
  uint64_t flops = 0;
  uint64_t weight_bytes = 0;  // first read here
};

struct PlanSummary {
  ExitChoice exits;
  std::vector<SegmentSummary> segments;
  uint64_t weight_bytes = 0, arena_bytes = 0, file_bytes = 0;
};

struct PlanBytes {
  std::vector<std::byte> tables, weights;
  std::vector<const Node*> nodes;  // of the graph, one for each step
  PlanSummary summary;
};

// `graph`: in plan form, its nodes and options.exits as OrderBySegments leaves them (schedule/segments.h). Errors:
// kUnsupported (nodes that have no plan form, all named in the hint, one a line), kInternal (what was built is not a valid
// plan).
Result<PlanBytes> BuildPlan(const Graph& graph, const PlanOptions& options);

// "vitrt-convert 0.1.0"
std::string Producer();

}  // namespace vitrt::convert
