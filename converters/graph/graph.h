// The converter's graph: static shapes, batch 1, ops and attributes of plan.fbs.
//
// One op vocabulary: a Node's attributes are the plan's own op tables (FlatBuffers object API), so a graph that the
// passes have brought into plan form is written out as it is. During conversion it may also hold what a plan may not:
// Reshape nodes and channels_last = false convolutions and pools.
//
// Invariants (CheckGraph): nodes are in topological order; every value has one producer (a node, an input or a
// constant); shapes and dtypes are what InferShapes says; every output exists; no value is used after it is erased.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::convert {

using Shape = std::vector<int64_t>;
using plan::DType;
using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;  // an absent optional input

int64_t NumElements(const Shape& shape);
size_t SizeOf(DType dtype);

// A constant or an evaluated value: row-major, immutable, cheap to copy.
struct Tensor {
  DType dtype = DType::F32;
  Shape shape;
  std::shared_ptr<const std::vector<std::byte>> bytes;

  static Tensor Zeros(DType dtype, Shape shape);
  static Tensor FromF32(Shape shape, std::vector<float> values);
  static Tensor FromI64(Shape shape, std::vector<int64_t> values);
  const float* f32() const { return reinterpret_cast<const float*>(bytes->data()); }
  const int64_t* i64() const { return reinterpret_cast<const int64_t*>(bytes->data()); }
  const int32_t* i32() const { return reinterpret_cast<const int32_t*>(bytes->data()); }
  const uint8_t* boolean() const { return reinterpret_cast<const uint8_t*>(bytes->data()); }
  int64_t size() const { return NumElements(shape); }
};

struct Value {
  std::string name;
  DType dtype = DType::F32;
  Shape shape;
  std::optional<Tensor> constant;
};

struct Node {
  plan::OpUnion op;              // op.type says which; op.AsLinear() etc. give the attributes
  std::string name;              // of the ONNX node it came from (the last one, for a fused node)
  std::vector<ValueId> inputs;   // in plan.fbs order; kNoValue = absent
  std::vector<ValueId> outputs;
};

struct GraphOutput { std::string name; ValueId value; };

class Graph {
 public:
  std::string name;              // of the model
  ValueId input = kNoValue;      // the image tensor, [1, c, h, w] as imported
  std::string input_name;
  std::vector<GraphOutput> outputs;   // in the model's order
  std::vector<std::unique_ptr<Node>> nodes;  // topological order

  const Value& value(ValueId id) const { return values_[id]; }
  Value& value(ValueId id) { return values_[id]; }
  int num_values() const { return static_cast<int>(values_.size()); }
  bool is_constant(ValueId id) const { return id != kNoValue && values_[id].constant.has_value(); }

  ValueId AddValue(std::string name, DType dtype, Shape shape);
  ValueId AddConstant(std::string name, Tensor tensor);

  // A node of op T with one output whose shape and dtype are inferred; appended at the end of `nodes`.
  //   ValueId y = *graph.Append(plan::SoftmaxT{...}, {x}, "node name");
  template <typename OpT>
  Result<ValueId> Append(OpT op, std::vector<ValueId> inputs, std::string name) {
    plan::OpUnion u;
    u.Set(std::move(op));
    return AppendUnion(std::move(u), std::move(inputs), std::move(name));
  }
  Result<ValueId> AppendUnion(plan::OpUnion op, std::vector<ValueId> inputs, std::string name);

  // Replaces every use of `from` (inputs of nodes, outputs of the graph) by `to`.
  void ReplaceUses(ValueId from, ValueId to);
  // Index into `nodes` of the producer of each value (-1: input, constant, nothing), and of its readers.
  struct Uses {
    std::vector<int> producer;
    std::vector<std::vector<int>> readers;
    std::vector<bool> is_output;
  };
  Uses ComputeUses() const;
  // Drops nodes whose outputs nobody reads, and the data of unread constants. Returns how many nodes went.
  int RemoveDead();
  // Restores topological order after a pass has appended nodes; fails on a cycle.
  Status SortTopologically();

 private:
  std::vector<Value> values_;
};

// Shapes and dtypes of a node's outputs from its inputs; graph/shapes.cc, one function per op family.
struct ValueType { DType dtype; Shape shape; };
Result<std::vector<ValueType>> InferTypes(const Graph& graph, const plan::OpUnion& op, const std::vector<ValueId>& inputs);

// The invariants above; the error names the node.
Status CheckGraph(const Graph& graph);

// Readable text, one line per node (--dump-after); graph/print.cc.
std::string ToText(const Graph& graph);

// Executes `op` on constants, double accumulation, independent of the runtime's kernels; graph/evaluate*.cc.
Result<std::vector<Tensor>> EvaluateNode(const plan::OpUnion& op, const std::vector<std::optional<Tensor>>& inputs, const std::vector<ValueType>& outputs);
// Executes the whole graph on one image; returns the graph outputs in order.
Result<std::vector<Tensor>> EvaluateGraph(const Graph& graph, const Tensor& input);

}  // namespace vitrt::convert
