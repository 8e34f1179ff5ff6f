#include "converters/onnx/sort_nodes.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>
#include <unordered_map>

namespace vitrt::convert::onnx_import {
namespace {

using Producers = std::unordered_map<std::string, size_t>;  // name -> the node that writes it

// Names read by a node, those of its branches included.
void AddReads(const SourceNode& node, std::set<std::string>& reads) {
  reads.insert(node.inputs.begin(), node.inputs.end());
  for (const auto& [name, attribute] : node.attributes) {
    if (!attribute.graph) continue;
    for (const SourceNode& inner : attribute.graph->nodes) AddReads(inner, reads);
    reads.insert(attribute.graph->outputs.begin(), attribute.graph->outputs.end());
  }
}

// Which nodes the names in `wanted` depend on.
std::vector<bool> Needed(const std::vector<SourceNode>& nodes, const Producers& producers,
                         const std::vector<std::string>& wanted) {
  std::vector<bool> needed(nodes.size());
  std::vector<size_t> open;
  const auto want = [&](const std::string& name) {
    const auto it = producers.find(name);
    if (it == producers.end() || needed[it->second]) return;
    needed[it->second] = true;
    open.push_back(it->second);
  };
  for (const std::string& name : wanted) want(name);
  while (!open.empty()) {
    std::set<std::string> reads;
    AddReads(nodes[open.back()], reads);
    open.pop_back();
    for (const std::string& name : reads) want(name);
  }
  return needed;
}

}  // namespace

Result<std::vector<const SourceNode*>> SortNodes(const std::vector<SourceNode>& nodes,
                                                 const std::vector<std::string>& wanted) {
  Producers producer;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& name : nodes[i].outputs) {
      if (!name.empty() && !producer.emplace(name, i).second) {
        return BadPlan("two nodes write '" + name + "'",
                       nodes[producer[name]].Describe() + " and " + nodes[i].Describe());
      }
    }
  }
  std::vector<std::vector<size_t>> readers(nodes.size());
  std::vector<size_t> missing(nodes.size());
  const std::vector<bool> needed = Needed(nodes, producer, wanted);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!needed[i]) continue;
    std::set<std::string> reads;
    AddReads(nodes[i], reads);
    std::set<size_t> sources;
    for (const std::string& name : reads) {
      const auto it = producer.find(name);
      if (it == producer.end()) continue;
      const auto& inputs = nodes[i].inputs;  // a branch may use a name of its node's outputs for a value of its own
      if (it->second == i && std::find(inputs.begin(), inputs.end(), name) == inputs.end()) continue;
      sources.insert(it->second);
    }
    missing[i] = sources.size();
    for (size_t source : sources) readers[source].push_back(i);
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;  // lowest position first
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (needed[i] && missing[i] == 0) ready.push(i);
  }
  std::vector<const SourceNode*> order;
  while (!ready.empty()) {
    const size_t i = ready.top();
    ready.pop();
    order.push_back(&nodes[i]);
    for (size_t reader : readers[i]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() == static_cast<size_t>(std::count(needed.begin(), needed.end(), true))) return order;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] > 0) return BadPlan("the graph has a cycle", nodes[i].Describe());
  }
  return Internal("the nodes cannot be sorted");
}

}  // namespace vitrt::convert::onnx_import
