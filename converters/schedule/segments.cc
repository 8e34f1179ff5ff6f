#include "converters/schedule/segments.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

constexpr int kNobody = std::numeric_limits<int>::max();  // behind all segments

// The segment of each node: that of the first exit that needs it, exits.size() for what only raw outputs need.
std::vector<int> SegmentOfNodes(const Graph& graph, const ExitChoice& choice) {
  const Graph::Uses uses = graph.ComputeUses();
  std::vector<int> segment_of(graph.nodes.size(), kNobody);
  const auto claim = [&](ValueId output, int segment) {  // the output's ancestors that nobody has claimed
    std::vector<ValueId> wanted = {output};
    while (!wanted.empty()) {
      const ValueId v = wanted.back();
      wanted.pop_back();
      const int maker = v == kNoValue ? -1 : uses.producer[static_cast<size_t>(v)];
      if (maker < 0 || segment_of[static_cast<size_t>(maker)] != kNobody) continue;
      segment_of[static_cast<size_t>(maker)] = segment;
      const auto& inputs = graph.nodes[static_cast<size_t>(maker)]->inputs;
      wanted.insert(wanted.end(), inputs.begin(), inputs.end());
    }
  };
  const int exits = static_cast<int>(choice.exits.size());
  for (int k = 0; k < exits; ++k) claim(choice.exits[static_cast<size_t>(k)].value, k);
  for (const RawOutput& output : choice.raw) claim(output.value, exits);
  return segment_of;
}

}  // namespace

void OrderBySegments(Graph* graph, ExitChoice* choice) {
  OrderExits(*graph, choice);
  const std::vector<int> segment_of = SegmentOfNodes(*graph, *choice);
  std::vector<size_t> order(segment_of.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return segment_of[a] < segment_of[b]; });
  std::vector<std::unique_ptr<Node>> ordered;
  ordered.reserve(order.size());
  for (const size_t i : order) ordered.push_back(std::move(graph->nodes[i]));
  graph->nodes = std::move(ordered);
}

Result<std::vector<Segment>> CutSegments(const Graph& graph, const ExitChoice& choice) {
  const std::vector<int> segment_of = SegmentOfNodes(graph, choice);
  if (std::find(segment_of.begin(), segment_of.end(), kNobody) != segment_of.end())
    return Internal("a node is needed by no output");
  if (!std::is_sorted(segment_of.begin(), segment_of.end())) return Internal("the nodes are not in order of segments");
  const int exits = static_cast<int>(choice.exits.size());
  std::vector<Segment> segments;
  for (int k = 0; k <= exits; ++k) {
    const auto [first, last] = std::equal_range(segment_of.begin(), segment_of.end(), k);
    const Segment segment{static_cast<int>(first - segment_of.begin()), static_cast<int>(last - first),
                          k < exits ? k : -1};
    if (k < exits || segment.count > 0) segments.push_back(segment);
  }
  return segments;
}

}  // namespace vitrt::convert
