#include "converters/passes/segments.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace vitrt::convert {
ExitChoice ExitChoice::OutputsOnly(const Graph& graph) {
  ExitChoice choice;
  for (const GraphOutput& output : graph.outputs) choice.raw.push_back({output.name, output.value, ""});
  return choice;
}

void ExitChoice::Rebind(const Graph& graph) {
  const auto rebind = [&](auto& outputs) {
    for (auto& output : outputs) {
      for (const GraphOutput& now : graph.outputs) {
        if (now.name == output.name) output.value = now.value;
      }
    }
  };
  rebind(exits);
  rebind(raw);
}

Result<std::vector<Segment>> CutSegments(Graph* graph, const ExitChoice& choice) {
  const Graph::Uses uses = graph->ComputeUses();
  std::vector<int> segment_of(graph->nodes.size(), -1);
  auto claim = [&](ValueId output, int segment) {  // the output's ancestors that nobody has claimed
    std::vector<ValueId> wanted = {output};
    while (!wanted.empty()) {
      const ValueId v = wanted.back();
      wanted.pop_back();
      const int maker = v == kNoValue ? -1 : uses.producer[static_cast<size_t>(v)];
      if (maker < 0 || segment_of[static_cast<size_t>(maker)] >= 0) continue;
      segment_of[static_cast<size_t>(maker)] = segment;
      const auto& inputs = graph->nodes[static_cast<size_t>(maker)]->inputs;
      wanted.insert(wanted.end(), inputs.begin(), inputs.end());
    }
  };
  const int exits = static_cast<int>(choice.exits.size());
  for (int k = 0; k < exits; ++k) claim(choice.exits[static_cast<size_t>(k)].value, k);
  for (const RawOutput& output : choice.raw) claim(output.value, exits);

  std::vector<std::unique_ptr<Node>> ordered;
  std::vector<Segment> segments;
  for (int k = 0; k <= exits; ++k) {
    Segment segment{static_cast<int>(ordered.size()), 0, k < exits ? k : -1};
    for (size_t i = 0; i < segment_of.size(); ++i) {
      if (segment_of[i] == k) ordered.push_back(std::move(graph->nodes[i]));
    }
    segment.count = static_cast<int>(ordered.size()) - segment.first;
    if (k < exits || segment.count > 0) segments.push_back(segment);
  }
  if (std::any_of(segment_of.begin(), segment_of.end(), [](int s) { return s < 0; }))
    return Internal("a node is needed by no output");
  graph->nodes = std::move(ordered);
  return segments;
}

}  // namespace vitrt::convert
