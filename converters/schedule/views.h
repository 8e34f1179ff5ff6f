// Which values are not memory of their own but a view of another's: what a plan's storages are.
//
//   y = Reshape(x)                        y is x
//   y = Slice(x) along a leading axis     y is x from an offset
//   z = Concat(x, y) along a leading axis x and y are parts of z: their producers write into it
//   y = Relu(x), x read for the last time y is x, overwritten (also the residual of a linear layer, LayerNorm, ...)
#pragma once

#include <set>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

struct View {
  ValueId root;    // the value that is the whole storage
  int64_t offset;  // bytes from its start
};

class Views {
 public:
  // Views of `graph` as it is; the nodes stay.
  explicit Views(const Graph& graph);

  View Of(ValueId v) const;
  // The node computes nothing: a plan has no step for it.
  bool IsNothing(const Node& node) const;
  // Inputs of a Concat that is otherwise nothing, which must be copied into their place (see PlaceInConcat).
  std::vector<size_t> InputsToCopy(const Node& concat) const;
  // Lets nodes overwrite inputs that nobody reads later. Call once, when the order of nodes is final.
  void ShareInPlace();

 private:
  void PlaceParts(const Node& node);
  bool CanPlace(ValueId part, ValueId whole) const;
  int64_t BytesOf(ValueId v) const;

  const Graph& graph_;
  std::vector<View> base_;  // one step up; a root is its own base
  std::vector<const Node*> producer_;
  std::set<const Node*> nothing_;
};

}  // namespace vitrt::convert
