// What a handler of the operator table sees of one ONNX node, and how it appends canonical nodes to the graph.
//
// Handlers never see protobuf, names of values or scopes: inputs are ValueIds with static shapes. Whatever a handler
// appends is evaluated at once if all its inputs are constants and the result is a shape-like value (integers, bools,
// or a few floats); Constant() evaluates more on demand. The other floats are left to the constant-folding pass.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "converters/graph/graph.h"
#include "converters/graph/ops.h"
#include "converters/onnx/model.h"
#include "runtime/base/check.h"

namespace vitrt::convert::onnx_import {

// What all nodes of an import share.
struct Importing {
  Graph& graph;
  std::map<ValueId, NarrowIntegers>& narrow;
  std::vector<std::string>& warnings;
};

class NodeContext {
 public:
  // `inputs`: one per input of the node; the attributes of `node` hold no references any more.
  NodeContext(const SourceNode& node, int64_t opset, std::vector<ValueId> inputs, const Importing& importing)
      : node_(node),
        opset_(opset),
        inputs_(std::move(inputs)),
        outputs_(node.outputs.size(), kNoValue),
        graph_(importing.graph),
        narrow_(importing.narrow),
        warnings_(importing.warnings) {}

  const std::string& op_type() const { return node_.op_type; }
  int64_t opset() const { return opset_; }  // of the node's domain

  // ---- Inputs
  size_t num_inputs() const { return inputs_.size(); }
  bool has(size_t i) const { return i < inputs_.size() && inputs_[i] != kNoValue; }
  ValueId in(size_t i) const { return has(i) ? inputs_[i] : kNoValue; }
  const Shape& shape(size_t i) const { return graph_.value(in(i)).shape; }
  size_t rank(size_t i) const { return shape(i).size(); }
  DType dtype(size_t i) const { return graph_.value(in(i)).dtype; }
  // All of the first `count` inputs are there; the table's handlers call this first.
  Status Require(size_t count) const;
  // The data of a value if it depends on constants only (evaluates what it takes), else nullopt.
  Result<std::optional<Tensor>> Constant(ValueId id);
  // The integers of input i, which must be constant; nullopt where the input is absent.
  Result<std::optional<std::vector<int64_t>>> Integers(size_t i);
  Result<int64_t> Integer(size_t i);  // exactly one

  // What is known of an 8- or 16-bit integer; nullptr: nothing.
  const NarrowIntegers* Narrow(ValueId id) const {
    const auto it = narrow_.find(id);
    return it == narrow_.end() ? nullptr : &it->second;
  }
  void SetNarrow(ValueId id, const NarrowIntegers& narrow) { narrow_[id] = narrow; }

  // ---- Attributes; a wrong kind is an error
  bool has_attribute(const std::string& name) const { return node_.attributes.count(name) > 0; }
  Result<int64_t> Int(const std::string& name, std::optional<int64_t> fallback = {}) const;
  Result<float> Float(const std::string& name, float fallback) const;
  Result<std::string> String(const std::string& name, const std::string& fallback) const;
  Result<std::optional<std::vector<int64_t>>> Ints(const std::string& name) const;
  Result<std::optional<std::vector<float>>> Floats(const std::string& name) const;
  const Attribute* attribute(const std::string& name) const;
  // Integers that an attribute gave until opset `input_since` - 1 and input i gives from then on.
  Result<std::optional<std::vector<int64_t>>> IntsOrInput(const std::string& name, int64_t input_since, size_t i);
  // A negative axis counts from the end.
  Result<int> Axis(int64_t axis, size_t of_rank) const;
  Result<std::vector<int32_t>> Axes(const std::vector<int64_t>& axes, size_t of_rank) const;

  // ---- Emission
  const ValueType type(ValueId id) const { return graph_.value(id).type(); }
  template <typename OpT>
  Result<ValueId> Emit(OpT op, std::vector<ValueId> inputs, const std::optional<ValueType>& declared = {}) {
    plan::OpUnion u;
    u.Set(std::move(op));
    VITRT_ASSIGN_OR_RETURN(const std::vector<ValueId> outputs, EmitAll(std::move(u), std::move(inputs), declared));
    return outputs[0];
  }
  Result<std::vector<ValueId>> EmitAll(plan::OpUnion op, std::vector<ValueId> inputs,
                                       const std::optional<ValueType>& declared = {});
  ValueId Add(Tensor constant);           // a constant
  ValueId Scalar(DType dtype, double x);  // of rank 0
  // Shorthands; a Reshape, Transpose, Expand or Cast that changes nothing appends nothing.
  Result<ValueId> Unary(plan::UnaryFn fn, ValueId x, float alpha = 0, float beta = 0) {
    return Emit(ops::Unary(fn, alpha, beta), {x});
  }
  Result<ValueId> Binary(plan::BinaryFn fn, ValueId a, ValueId b) { return Emit(ops::Binary(fn), {a, b}); }
  Result<ValueId> Scale(ValueId x, double factor);  // x * factor, nothing for 1
  Result<ValueId> Reshape(ValueId x, Shape shape);
  Result<ValueId> Transpose(ValueId x, std::vector<int32_t> perm);
  Result<ValueId> Expand(ValueId x, Shape shape);
  Result<ValueId> Cast(ValueId x, DType dtype);
  Result<ValueId> Slice(ValueId x, size_t axis, int64_t begin, int64_t end);

  // ---- Results
  size_t num_outputs() const { return outputs_.size(); }
  bool wants(size_t i) const { return i < node_.outputs.size() && !node_.outputs[i].empty(); }
  Status Output(Result<ValueId> id, size_t i = 0);
  const std::vector<ValueId>& outputs() const { return outputs_; }
  // The node cannot be imported, and why; collected with all others.
  Status Refuse(std::string reason) const { return Unsupported(std::move(reason)); }
  void Warn(const std::string& text) { warnings_.push_back(node_.Describe() + ": " + text); }

 private:
  bool IsInputAsIntegers(ValueId x) const;

  const SourceNode& node_;
  int64_t opset_;
  std::vector<ValueId> inputs_, outputs_;
  Graph& graph_;
  std::map<ValueId, NarrowIntegers>& narrow_;
  std::vector<std::string>& warnings_;
};

}  // namespace vitrt::convert::onnx_import
