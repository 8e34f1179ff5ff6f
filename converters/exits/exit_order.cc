// The order in which exits are tried, by where in the graph their features are computed.
#include <algorithm>
#include <tuple>

#include "converters/exits/exits.h"

namespace vitrt::convert {
namespace {

bool HasWeights(plan::Op op) {
  return op == plan::Op::Linear || op == plan::Op::MatMul || op == plan::Op::Conv2d || op == plan::Op::ConvTranspose2d;
}

// Place of the node that makes what the exit's classifier sees: back from the exit to its last layer, and from there to
// what others read, too, to an output or to the layer before; at most as far as each node has one input that is
// computed. -1: the graph's input.
int FeaturesOf(const Graph& graph, const Graph::Uses& uses, ValueId exit) {
  ValueId v = exit;
  for (bool passed_layer = false;;) {
    const auto at = static_cast<size_t>(v);
    const int maker = uses.producer[at];
    const bool shared = uses.is_output[at] || uses.readers[at].size() > 1;
    if (maker < 0 || (passed_layer && shared)) return maker;
    const Node& node = *graph.nodes[static_cast<size_t>(maker)];
    std::vector<ValueId> computed;
    for (ValueId input : node.inputs) {
      if (input != kNoValue && !graph.is_constant(input)) computed.push_back(input);
    }
    const bool layer = HasWeights(node.op.type);
    if (computed.size() != 1 || (layer && passed_layer)) return maker;
    passed_layer = passed_layer || layer;
    v = computed[0];
  }
}

}  // namespace

// Consistent with "a proper part comes first": where b needs all of exit a, a stands before b's features or between
// them and b. Then b's features are not before a's, and b itself is behind a.
void OrderExits(const Graph& graph, ExitChoice* choice) {
  if (choice->in_given_order) return;
  const Graph::Uses uses = graph.ComputeUses();
  const auto key = [&](const GraphExit& exit) {
    return std::tuple(FeaturesOf(graph, uses, exit.value), uses.producer[static_cast<size_t>(exit.value)]);
  };
  std::stable_sort(choice->exits.begin(), choice->exits.end(),
                   [&](const GraphExit& a, const GraphExit& b) { return key(a) < key(b); });
}

}  // namespace vitrt::convert
