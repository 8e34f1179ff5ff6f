#include "converters/passes/strided_view.h"

#include <algorithm>

namespace vitrt::convert {
namespace {

// Applies `node`, whose input the view shows, to the view.
bool Apply(const Rewriter& r, const Node& node, StridedView* view) {
  if (const auto* transpose = OpOf<plan::TransposeT>(&node)) {
    view->dims = Permuted(view->dims, transpose->perm);
    view->strides = Permuted(view->strides, transpose->perm);
    return true;
  }
  if (const auto* slice = OpOf<plan::SliceT>(&node)) {
    for (size_t i = 0; i < slice->starts.size(); ++i) {
      view->offset += slice->starts[i] * view->strides[i];
      view->strides[i] *= slice->steps[i];
    }
    view->dims = r.shape(node.outputs[0]);
    return true;
  }
  if (OpOf<plan::ReshapeT>(&node) != nullptr) return ReshapeView(view, r.shape(node.outputs[0]));
  const auto scaled = MatchScaled(r.graph(), &node);
  if (!scaled) return false;
  view->factor *= scaled->factor;
  return true;
}

// The input that `node` moves, or kNoValue if it computes.
ValueId Moved(const Rewriter& r, const Node* node, bool scales) {
  if (node == nullptr) return kNoValue;
  if (OpOf<plan::TransposeT>(node) != nullptr || OpOf<plan::ReshapeT>(node) != nullptr) return node->inputs[0];
  if (const auto* slice = OpOf<plan::SliceT>(node)) {
    return std::all_of(slice->steps.begin(), slice->steps.end(), [](int64_t s) { return s > 0; }) ? node->inputs[0]
                                                                                                  : kNoValue;
  }
  const auto scaled = scales ? MatchScaled(r.graph(), node) : std::nullopt;
  return scaled ? scaled->x : kNoValue;
}

}  // namespace

bool ReshapeView(StridedView* view, const Shape& dims) {
  Shape old_dims, old_strides;  // axes longer than 1
  for (size_t i = 0; i < view->dims.size(); ++i) {
    if (view->dims[i] == 1) continue;
    old_dims.push_back(view->dims[i]);
    old_strides.push_back(view->strides[i]);
  }
  Shape strides(dims.size(), 0);
  size_t i = 0, j = 0;
  while (j < dims.size()) {
    if (dims[j] == 1) {
      ++j;
      continue;
    }
    // A run of old axes [i, i_end) that makes a run of new axes [j, j_end); the old ones must be one even stride.
    if (i == old_dims.size()) return false;
    size_t i_end = i + 1, j_end = j + 1;
    int64_t old_size = old_dims[i], new_size = dims[j];
    while (old_size != new_size) {
      if (old_size < new_size) {
        if (i_end == old_dims.size()) return false;
        old_size *= old_dims[i_end++];
      } else {
        if (j_end == dims.size()) return false;
        new_size *= dims[j_end++];
      }
    }
    for (size_t a = i; a + 1 < i_end; ++a) {
      if (old_strides[a] != old_strides[a + 1] * old_dims[a + 1]) return false;
    }
    int64_t stride = old_strides[i_end - 1];
    for (size_t b = j_end; b-- > j;) {
      strides[b] = stride;
      stride *= dims[b];
    }
    i = i_end;
    j = j_end;
  }
  view->dims = dims;
  view->strides = std::move(strides);
  return true;
}

std::vector<StridedView> ViewsOf(const Rewriter& r, ValueId v, bool scales) {
  std::vector<const Node*> chain;  // from v upwards
  std::vector<ValueId> roots = {v};
  for (ValueId up = v; (up = Moved(r, r.producer(up), scales)) != kNoValue;) {
    chain.push_back(r.producer(roots.back()));
    roots.push_back(up);
  }
  std::vector<StridedView> views;
  for (size_t level = roots.size(); level-- > 0;) {
    StridedView view{roots[level], 0, r.shape(roots[level]), Strides(r.shape(roots[level])), 1};
    bool possible = true;
    for (size_t i = level; i-- > 0 && possible;) possible = Apply(r, *chain[i], &view);
    if (possible) views.push_back(std::move(view));
  }
  return views;
}

}  // namespace vitrt::convert
