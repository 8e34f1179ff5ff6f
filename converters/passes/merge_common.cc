// Computations made twice are made once: nodes with the same op and inputs, constants with the same bytes.
//
//   a = LayerNorm(x); b = LayerNorm(x)  ->  a, and b's readers read a
#include <algorithm>
#include <cstring>
#include <map>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

template <typename T>
void AppendBytes(std::string* key, const T& x) {
  key->append(reinterpret_cast<const char*>(&x), sizeof(x));
}

void AppendType(std::string* key, const Value& value) {
  AppendBytes(key, value.dtype);
  for (int64_t dim : value.shape) AppendBytes(key, dim);
  key->push_back('|');
}

bool Commutes(const Node& node) {
  using plan::BinaryFn;
  for (BinaryFn fn : {BinaryFn::Add, BinaryFn::Mul, BinaryFn::Min, BinaryFn::Max, BinaryFn::Equal, BinaryFn::And,
                      BinaryFn::Or, BinaryFn::Xor}) {
    if (IsBinary(&node, fn)) return true;
  }
  return false;
}

// Op, attributes, inputs and output type: nodes of one key compute the same.
std::string KeyOf(const Graph& graph, const Node& node) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(flatbuffers::Offset<void>(node.op.Pack(builder)));
  std::string key(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  AppendBytes(&key, node.op.type);
  std::vector<ValueId> inputs = node.inputs;
  if (Commutes(node)) std::sort(inputs.begin(), inputs.end());
  for (ValueId v : inputs) AppendBytes(&key, v);
  AppendType(&key, graph.value(node.outputs[0]));
  return key;
}

void MergeConstants(Rewriter* r) {
  std::multimap<size_t, ValueId> seen;  // by hash of type and bytes
  Graph& graph = r->graph();
  for (ValueId v = 0; v < graph.num_values(); ++v) {
    if (!graph.is_constant(v)) continue;
    const Tensor& tensor = graph.constant(v);
    std::string type;
    AppendType(&type, graph.value(v));
    const std::string_view bytes(reinterpret_cast<const char*>(tensor.bytes->data()), tensor.bytes->size());
    const size_t hash = std::hash<std::string_view>()(bytes) ^ std::hash<std::string>()(type);
    const auto [begin, end] = seen.equal_range(hash);
    const auto same = std::find_if(begin, end, [&](const auto& entry) {
      const Tensor& other = graph.constant(entry.second);
      return other.type() == tensor.type() &&
             (other.bytes == tensor.bytes || std::memcmp(other.bytes->data(), tensor.bytes->data(), bytes.size()) == 0);
    });
    if (same == end) {
      seen.emplace(hash, v);
    } else if (!r->readers(v).empty() && !r->is_output(v)) {
      r->Replace(v, same->second);
    }
  }
}

}  // namespace

Result<int> MergeCommon(Graph* graph) {
  Rewriter r(graph);
  MergeConstants(&r);
  std::map<std::string, Node*> seen;
  for (Node* node : r.Nodes()) {
    if (r.dead(node)) continue;
    const auto [entry, inserted] = seen.emplace(KeyOf(*graph, *node), node);
    if (inserted) continue;
    const std::vector<ValueId> outputs = node->outputs;
    for (size_t i = 0; i < outputs.size(); ++i) r.Replace(outputs[i], entry->second->outputs[i]);
  }
  return r.Finish();
}

}  // namespace vitrt::convert
