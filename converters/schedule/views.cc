#include "converters/schedule/views.h"

#include <algorithm>

#include "runtime/plan/op_descriptor.h"

namespace vitrt::convert {
namespace {

// All axes before `axis` have size 1.
bool Leading(const Shape& shape, size_t axis) {
  return std::all_of(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis),
                     [](int64_t d) { return d == 1; });
}

// Offset in elements of a slice that is one run of its input; -1 if it is not.
int64_t RunOffset(const plan::SliceT& slice, const Shape& in, const Shape& out) {
  const Shape strides = Strides(in);
  int64_t offset = 0;
  bool cut = false;
  for (size_t i = 0; i < in.size(); ++i) {
    offset += slice.starts[i] * strides[i];
    if (out[i] == 1) {
      if (in[i] != 1 && cut) return -1;
    } else if (slice.steps[i] != 1 || (cut && out[i] != in[i])) {
      return -1;
    }
    if (out[i] != 1) cut = true;  // from here on every axis must be whole
  }
  return offset;
}

}  // namespace

Views::Views(const Graph& graph) : graph_(graph) {
  producer_.resize(static_cast<size_t>(graph.num_values()), nullptr);
  for (ValueId v = 0; v < graph.num_values(); ++v) base_.push_back({v, 0});
  for (const auto& node : graph.nodes) {
    for (ValueId v : node->outputs) producer_[static_cast<size_t>(v)] = node.get();
  }
  for (const auto& node : graph.nodes) {
    const ValueId y = node->outputs[0];
    if (node->op.type == plan::Op::Reshape && !graph.is_constant(node->inputs[0])) {
      base_[static_cast<size_t>(y)] = {node->inputs[0], 0};
      nothing_.insert(node.get());
    } else if (const auto* slice = OpOf<plan::SliceT>(node.get());
               slice != nullptr && !graph.is_constant(node->inputs[0])) {
      const int64_t offset = RunOffset(*slice, graph.value(node->inputs[0]).shape, graph.value(y).shape);
      if (offset < 0) continue;
      base_[static_cast<size_t>(y)] = {node->inputs[0], offset * SizeOf(graph.value(y).dtype)};
      nothing_.insert(node.get());
    } else if (node->op.type == plan::Op::Concat) {
      PlaceParts(*node);
    }
  }
}

View Views::Of(ValueId v) const {
  View view{v, 0};
  while (base_[static_cast<size_t>(view.root)].root != view.root) {
    const View up = base_[static_cast<size_t>(view.root)];
    view = {up.root, view.offset + up.offset};
  }
  return view;
}

int64_t Views::BytesOf(ValueId v) const {
  const Value& value = graph_.value(v);
  return NumElements(value.shape) * SizeOf(value.dtype);
}

// The part is a whole storage that some node writes, so it can be written into `whole` instead.
bool Views::CanPlace(ValueId part, ValueId whole) const {
  const View view = Of(part);
  const bool written = !graph_.is_constant(view.root) && producer_[static_cast<size_t>(view.root)] != nullptr;
  return written && view.root != whole && view.offset == 0 && BytesOf(view.root) == BytesOf(part);
}

void Views::PlaceParts(const Node& node) {
  const ValueId whole = node.outputs[0];
  if (!Leading(graph_.value(whole).shape, static_cast<size_t>(OpOf<plan::ConcatT>(&node)->axis))) return;
  bool any = false;
  int64_t offset = 0;
  for (ValueId part : node.inputs) {
    if (CanPlace(part, whole)) {
      base_[static_cast<size_t>(Of(part).root)] = {whole, offset};
      any = true;
    }
    offset += BytesOf(part);
  }
  if (any) nothing_.insert(&node);
}

std::vector<size_t> Views::InputsToCopy(const Node& concat) const {
  std::vector<size_t> copies;
  if (!IsNothing(concat)) return copies;
  const View whole = Of(concat.outputs[0]);
  int64_t offset = whole.offset;
  for (size_t i = 0; i < concat.inputs.size(); ++i) {
    const View part = Of(concat.inputs[i]);
    if (part.root != whole.root || part.offset != offset) copies.push_back(i);
    offset += BytesOf(concat.inputs[i]);
  }
  return copies;
}

bool Views::IsNothing(const Node& node) const { return nothing_.count(&node) != 0; }

void Views::ShareInPlace() {
  // The last node that reads each storage; a storage that leaves the graph is never free.
  const int never = static_cast<int>(graph_.nodes.size());
  std::vector<int> last_read(base_.size(), -1);
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (IsNothing(*graph_.nodes[i])) continue;
    for (ValueId v : graph_.nodes[i]->inputs) {
      if (v != kNoValue) last_read[static_cast<size_t>(Of(v).root)] = static_cast<int>(i);
    }
  }
  for (const GraphOutput& output : graph_.outputs) last_read[static_cast<size_t>(Of(output.value).root)] = never;

  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = *graph_.nodes[i];
    const ValueId y = node.outputs[0];
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      if (!plan::DescriptorOf(node.op.type).InPlace(input) || node.inputs[input] == kNoValue || IsNothing(node))
        continue;
      const View x = Of(node.inputs[input]), out = Of(y);
      const auto reads = std::count_if(node.inputs.begin(), node.inputs.end(),
                                       [&](ValueId v) { return v != kNoValue && Of(v).root == x.root; });
      if (reads != 1 || !CanPlace(node.inputs[input], out.root) ||
          last_read[static_cast<size_t>(x.root)] != static_cast<int>(i))
        continue;
      if (BytesOf(node.inputs[input]) != BytesOf(y) || graph_.value(node.inputs[input]).dtype != graph_.value(y).dtype)
        continue;
      base_[static_cast<size_t>(x.root)] = out;
      break;
    }
  }
}

}  // namespace vitrt::convert
