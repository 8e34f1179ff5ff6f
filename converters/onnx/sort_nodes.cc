#include "converters/onnx/sort_nodes.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>
#include <unordered_map>

namespace vitrt::convert::onnx_import {
namespace {

// Names read by a node, those of its branches included.
void AddReads(const SourceNode& node, std::set<std::string>& reads) {
  reads.insert(node.inputs.begin(), node.inputs.end());
  for (const auto& [name, attribute] : node.attributes) {
    if (!attribute.graph) continue;
    for (const SourceNode& inner : attribute.graph->nodes) AddReads(inner, reads);
    reads.insert(attribute.graph->outputs.begin(), attribute.graph->outputs.end());
  }
}

}  // namespace

Result<std::vector<const SourceNode*>> SortNodes(const std::vector<SourceNode>& nodes,
                                                 const std::vector<std::string>& outputs) {
  std::unordered_map<std::string, size_t> producer;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& name : nodes[i].outputs) {
      if (!name.empty() && !producer.emplace(name, i).second) {
        return BadPlan("two nodes write '" + name + "'",
                       nodes[producer[name]].Describe() + " and " + nodes[i].Describe());
      }
    }
  }
  std::vector<std::set<size_t>> sources(nodes.size());
  std::vector<std::vector<size_t>> readers(nodes.size());
  std::vector<size_t> missing(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    std::set<std::string> reads;
    AddReads(nodes[i], reads);
    for (const std::string& name : reads) {
      const auto it = producer.find(name);
      if (it == producer.end()) continue;
      const auto& inputs = nodes[i].inputs;  // a branch may use a name of its node's outputs for a value of its own
      if (it->second == i && std::find(inputs.begin(), inputs.end(), name) == inputs.end()) continue;
      sources[i].insert(it->second);
    }
    missing[i] = sources[i].size();
    for (size_t source : sources[i]) readers[source].push_back(i);
  }
  std::vector<bool> needed(nodes.size());
  std::vector<size_t> wanted;
  for (const std::string& name : outputs) {
    if (const auto it = producer.find(name); it != producer.end()) wanted.push_back(it->second);
  }
  while (!wanted.empty()) {
    const size_t i = wanted.back();
    wanted.pop_back();
    if (needed[i]) continue;
    needed[i] = true;
    wanted.insert(wanted.end(), sources[i].begin(), sources[i].end());
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;  // lowest position first
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<const SourceNode*> order;
  size_t sorted = 0;
  for (; !ready.empty(); ++sorted) {
    const size_t i = ready.top();
    ready.pop();
    if (needed[i]) order.push_back(&nodes[i]);
    for (size_t reader : readers[i]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  if (sorted == nodes.size()) return order;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] > 0) return BadPlan("the graph has a cycle", nodes[i].Describe());
  }
  return Internal("the nodes cannot be sorted");
}

}  // namespace vitrt::convert::onnx_import
