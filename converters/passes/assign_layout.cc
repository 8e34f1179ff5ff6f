// Every convolution and pool works on rows x channels; SinkTransposes then moves or removes the transposes.
//
//   Conv2d NCHW (x, w) -> Transpose(0,3,1,2)(Conv2d NHWC (Transpose(0,2,3,1)(x), w'))
//   input [1, c, h, w] -> Transpose(0,3,1,2)(input [1, h, w, c]), where the graph has a convolution or pool at all
#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

const std::vector<int32_t> kToChannelsLast = {0, 2, 3, 1}, kToChannelsFirst = {0, 3, 1, 2};

// The op with channels_last set and the permutation of its weight; false for other ops and those that have it already.
template <typename T>
bool MakeChannelsLast(const Node& node, plan::OpUnion* op) {
  const T* spatial = OpOf<T>(&node);
  if (spatial == nullptr || spatial->channels_last) return false;
  T changed = *spatial;
  changed.channels_last = true;
  op->Set(std::move(changed));
  return true;
}

Status Convert(Rewriter* r, Node* node, plan::OpUnion op, const std::vector<int32_t>& weight_perm) {
  std::vector<ValueId> inputs = node->inputs;
  VITRT_ASSIGN_OR_RETURN(inputs[0], r->Add(ops::Transpose(kToChannelsLast), {inputs[0]}, *node));
  if (!weight_perm.empty()) {
    VITRT_ASSIGN_OR_RETURN(inputs[1], r->Add(ops::Transpose(weight_perm), {inputs[1]}, *node));
  }
  const ValueId y = node->outputs[0];
  const ValueType declared{r->dtype(y), Permuted(r->shape(y), kToChannelsLast)};
  VITRT_ASSIGN_OR_RETURN(const ValueId rows, r->AddUnion(std::move(op), std::move(inputs), *node, declared));
  VITRT_ASSIGN_OR_RETURN(const ValueId maps, r->Add(ops::Transpose(kToChannelsFirst), {rows}, *node));
  r->Replace(y, maps);
  return {};
}

Status TurnInput(Rewriter* r) {
  Graph& graph = r->graph();
  const ValueId old = graph.input;
  if (graph.input_channels_last || old == kNoValue || r->shape(old).size() != 4 || r->readers(old).empty()) return {};
  const ValueId turned = graph.AddValue(graph.value(old).name, r->dtype(old), Permuted(r->shape(old), kToChannelsLast));
  VITRT_ASSIGN_OR_RETURN(const ValueId maps,
                         r->Add(ops::Transpose(kToChannelsFirst), {turned}, *r->readers(old).front()));
  r->Replace(old, maps);
  graph.input = turned;
  graph.input_channels_last = true;
  return {};
}

}  // namespace

Result<int> AssignLayout(Graph* graph) {
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    plan::OpUnion op;
    std::vector<int32_t> weight_perm;
    if (MakeChannelsLast<plan::Conv2dT>(*node, &op)) {
      weight_perm = {2, 3, 1, 0};
    } else if (MakeChannelsLast<plan::ConvTranspose2dT>(*node, &op)) {
      weight_perm = {2, 3, 0, 1};
    } else if (!MakeChannelsLast<plan::Pool2dT>(*node, &op)) {
      continue;
    }
    VITRT_RETURN_IF_ERROR(Convert(&r, node, std::move(op), weight_perm));
  }
  if (r.changes() > 0) VITRT_RETURN_IF_ERROR(TurnInput(&r));
  return r.Finish();
}

}  // namespace vitrt::convert
