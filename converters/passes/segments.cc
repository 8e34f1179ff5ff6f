#include "converters/passes/segments.h"

#include <algorithm>
#include <map>

#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// Classes of an output that can be an exit: float [1, classes]; else -1.
int64_t ClassesOf(const Graph& graph, ValueId v) {
  const Value& value = graph.value(v);
  return value.dtype == DType::F32 && value.shape.size() == 2 && value.shape[0] == 1 ? value.shape[1] : -1;
}

Result<std::vector<std::string>> DefaultExits(const Graph& graph) {
  std::map<int64_t, int> count;
  for (const GraphOutput& output : graph.outputs) ++count[ClassesOf(graph, output.value)];
  int64_t classes = -1;
  for (const GraphOutput& output : graph.outputs) {
    const int64_t candidate = ClassesOf(graph, output.value);
    if (candidate > 0 && (classes < 0 || count[candidate] > count[classes])) classes = candidate;
  }
  std::vector<std::string> names;
  for (const GraphOutput& output : graph.outputs) {
    if (classes > 0 && ClassesOf(graph, output.value) == classes) names.push_back(output.name);
  }
  return names;
}

std::string OutputNames(const Graph& graph) {
  std::string names;
  for (const GraphOutput& output : graph.outputs)
    names += (names.empty() ? "" : ", ") + output.name + " " + ToString(graph.value(output.value).shape);
  return names;
}

}  // namespace

Result<ExitChoice> ChooseExits(const Graph& graph, const std::vector<std::string>& given) {
  std::vector<std::string> names = given;
  if (names.empty()) {
    VITRT_ASSIGN_OR_RETURN(names, DefaultExits(graph));
  }
  ExitChoice choice;
  for (const std::string& name : names) {
    const auto output =
        std::find_if(graph.outputs.begin(), graph.outputs.end(), [&](const GraphOutput& o) { return o.name == name; });
    if (output == graph.outputs.end())
      return InvalidArgument("the model has no output '" + name + "'", "--exits", "outputs: " + OutputNames(graph));
    if (ClassesOf(graph, output->value) < 1)
      return InvalidArgument("output '" + name + "' is no [batch, classes] logits", "--exits",
                             "outputs: " + OutputNames(graph));
    if (std::any_of(choice.exits.begin(), choice.exits.end(), [&](const GraphOutput& o) { return o.name == name; })) {
      return InvalidArgument("output '" + name + "' is named twice", "--exits");
    }
    choice.exits.push_back(*output);
  }
  for (const GraphOutput& output : graph.outputs) {
    if (std::find(names.begin(), names.end(), output.name) == names.end()) choice.raw.push_back(output);
  }
  return choice;
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
  for (const GraphOutput& output : choice.raw) claim(output.value, exits);

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
