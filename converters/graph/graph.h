// The converter's graph: static shapes, batch 1, ops and attributes of plan.fbs.
//
// One op vocabulary: a Node's attributes are the plan's own op tables (FlatBuffers object API), so a graph that the
// passes have brought into plan form is written out as it is. During conversion it may also hold what a plan may not:
// Reshape nodes and channels_last = false convolutions and pools.
//
// Invariants (CheckGraph): nodes are in topological order; every value that is read has one producer (a node, an input
// or a constant); shapes and dtypes are what InferTypes says; every output exists.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "converters/graph/tensor.h"
#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::convert {

using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;  // an absent optional input

struct Value {
  std::string name;
  DType dtype = DType::F32;
  Shape shape;
  std::optional<Tensor> constant;

  ValueType type() const { return {dtype, shape}; }
};

struct Node {
  plan::OpUnion op;             // op.type says which; op.AsLinear() etc. give the attributes
  std::string name;             // of the ONNX node it came from (the last one, for a fused node)
  std::vector<ValueId> inputs;  // in plan.fbs order; kNoValue = absent
  std::vector<ValueId> outputs;
};

struct NamedValue {
  std::string name;
  ValueId value = kNoValue;
};
using GraphOutput = NamedValue;

class Graph {
 public:
  std::string name;                  // of the model
  ValueId input = kNoValue;          // the image tensor, [1, c, h, w] as imported
  bool input_channels_last = false;  // the input is [1, h, w, c] instead (after layout assignment, or as imported)
  bool model_channels_last = false;  // it is [1, h, w, c] in the model itself
  bool input_bytes = false;          // the model takes uint8: the input holds whole numbers from 0 to 255
  std::string input_name;
  std::vector<NamedValue> free_inputs;       // instead of `input`, where the import kept every input (ImportOptions)
  std::vector<GraphOutput> outputs;          // in the model's order
  std::vector<std::unique_ptr<Node>> nodes;  // topological order

  const Value& value(ValueId id) const { return values_[static_cast<size_t>(id)]; }
  Value& value(ValueId id) { return values_[static_cast<size_t>(id)]; }
  int num_values() const { return static_cast<int>(values_.size()); }
  bool is_constant(ValueId id) const { return id != kNoValue && value(id).constant.has_value(); }
  // The constant's data; the value must be one.
  const Tensor& constant(ValueId id) const { return *value(id).constant; }

  ValueId AddValue(std::string value_name, DType dtype, Shape shape);
  ValueId AddConstant(std::string value_name, Tensor tensor);

  // A node of op T with one output whose shape and dtype are inferred; appended at the end of `nodes`.
  //   ValueId y = *graph.Append(plan::SoftmaxT{...}, {x}, "node name");
  // `declared` is the type of the (first) output for ops whose attributes do not imply it; see InferTypes.
  template <typename OpT>
  Result<ValueId> Append(OpT op, std::vector<ValueId> inputs, std::string node_name,
                         const std::optional<ValueType>& declared = {}) {
    plan::OpUnion u;
    u.Set(std::move(op));
    return AppendUnion(std::move(u), std::move(inputs), std::move(node_name), declared);
  }
  Result<ValueId> AppendUnion(plan::OpUnion op, std::vector<ValueId> inputs, std::string node_name,
                              const std::optional<ValueType>& declared = {});
  // The same for an op with any number of outputs (TopK); the node's outputs are its values.
  Result<Node*> AppendNode(plan::OpUnion op, std::vector<ValueId> inputs, std::string node_name,
                           const std::optional<ValueType>& declared = {});

  // Index into `nodes` of the producer of each value (-1: input, constant, nothing), and of its readers (once per
  // node, in order).
  struct Uses {
    std::vector<int> producer;
    std::vector<std::vector<int>> readers;
    std::vector<bool> is_output;
  };
  Uses ComputeUses() const;
  // Drops nodes whose outputs nobody reads, and the data of unread constants. Returns how many nodes went.
  int RemoveDead();

 private:
  std::vector<Value> values_;
};

// Types of a node's outputs from its op and inputs, by the rules of runtime/plan/op_types.h, which says where
// `declared`, the type of the first output, is needed.
Result<std::vector<ValueType>> InferTypes(const Graph& graph, const plan::OpUnion& op,
                                          const std::vector<ValueId>& inputs,
                                          const std::optional<ValueType>& declared = {});

// The invariants above; the error names the node.
Status CheckGraph(const Graph& graph);

// Readable text, one line per node (--dump-after); graph/print.cc.
std::string ToText(const Graph& graph);
std::string ToText(const Graph& graph, const Node& node);

// Executes `op` on constants, double accumulation, independent of the runtime's kernels; graph/evaluate*.cc.
// The inputs must have the types that `outputs` were inferred from.
Result<std::vector<Tensor>> EvaluateNode(const plan::OpUnion& op, const std::vector<std::optional<Tensor>>& inputs,
                                         const std::vector<ValueType>& outputs);
// Executes the whole graph on one image; returns the graph outputs in order.
Result<std::vector<Tensor>> EvaluateGraph(const Graph& graph, const Tensor& input);
// The same for a graph with free_inputs, in their order.
Result<std::vector<Tensor>> EvaluateGraph(const Graph& graph, const std::vector<Tensor>& inputs);

// The op of `node` if it is a T, else nullptr (also for no node): OpOf<plan::SoftmaxT>(r.producer(v)).
template <typename T>
const T* OpOf(const Node* node) {
  return node != nullptr && node->op.type == plan::OpUnionTraits<T>::enum_value ? static_cast<const T*>(node->op.value)
                                                                                : nullptr;
}
template <typename T>
T* OpOf(Node* node) {
  return const_cast<T*>(OpOf<T>(static_cast<const Node*>(node)));
}

}  // namespace vitrt::convert
