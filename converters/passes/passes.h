// One function per pass; pipeline.cc has their order and the reason for each. A pass changes the graph in place, keeps
// what it computes, and returns how many changes it made.
#pragma once

#include "converters/graph/graph.h"

namespace vitrt::convert {

Result<int> SimplifyShapes(Graph* graph);
Result<int> FoldConstants(Graph* graph);
Result<int> MergeCommon(Graph* graph);
Result<int> FormFakeQuantize(Graph* graph);
Result<int> FuseLayerNorm(Graph* graph);
Result<int> FuseGelu(Graph* graph);
Result<int> FuseActivations(Graph* graph);
Result<int> FormLinear(Graph* graph);
Result<int> AssignLayout(Graph* graph);
Result<int> SinkTransposes(Graph* graph);
Result<int> PointwiseToLinear(Graph* graph);
Result<int> HoistConstants(Graph* graph);
Result<int> FoldAffineAfter(Graph* graph);
Result<int> FoldAffineBefore(Graph* graph);
Result<int> FuseAttention(Graph* graph);
Result<int> FoldAttentionScale(Graph* graph);
Result<int> DropUnreadRows(Graph* graph);
Result<int> FuseQkv(Graph* graph);
Result<int> FuseEpilogues(Graph* graph);
Result<int> PlaceInConcat(Graph* graph);

}  // namespace vitrt::convert
