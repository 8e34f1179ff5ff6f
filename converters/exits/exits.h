// Which outputs of a model are exits, what their values mean, and in which order they are tried.
#pragma once

#include <string>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

struct GraphExit {
  std::string name;
  ValueId value = kNoValue;
  int64_t classes = 0;
  plan::ExitMeaning meaning = plan::ExitMeaning::Logits;
  std::string why;  // what the output was taken for: "logits of 5 classes"
};

struct RawOutput {
  std::string name;
  ValueId value = kNoValue;
  std::string why;  // it is no exit
};

// Which outputs of a graph are exits.
struct ExitChoice {
  std::vector<GraphExit> exits;
  std::vector<RawOutput> raw;   // the other outputs
  bool in_given_order = false;  // the user's; else OrderExits puts them in order

  // No exits: every output of the graph as it is.
  static ExitChoice OutputsOnly(const Graph& graph);
  // The same outputs by name under the values that `graph`, changed by passes, has for them.
  void Rebind(const Graph& graph);
};

struct ExitRequest {
  std::vector<std::string> names;  // --exits: these, in this order; empty: by what the outputs are
  std::vector<int64_t> labels;     // as many classes the labels can name, the likeliest first; empty: no labels
};

// Without names an exit is a float output [1, classes] or [1, classes, 1, ...] that may be the end of a classifier
// (heads.h), with as many classes as there are labels; where there are none, all such outputs must have the same number.
// Logits beside their own softmax are one exit, the logits; the softmax of scaled logits is taken instead of them. One
// number is an exit of two classes, negative and positive, where it ends in sigmoid or two labels or its name say so.
// Several sigmoids, values of TopK and normalised vectors are no exits. `why` of every exit and output says what it was
// taken for. `graph`: as imported. The order is that of the names, else of the outputs.
// Errors: kInvalidArgument (names and labels that do not fit the outputs), kUnsupported (outputs of several class counts
// that nothing tells apart); the hint lists the outputs.
Result<ExitChoice> ChooseExits(const Graph& graph, const ExitRequest& request);

// Puts exits into the order in which they are tried, unless names gave it. a comes before b if what a needs is a proper
// part of what b needs; else if the features that its classifier sees are computed first, wherever the classifiers
// themselves stand; else if it is computed first itself. `graph`: in plan form; the values of `choice` are its own.
void OrderExits(const Graph& graph, ExitChoice* choice);

}  // namespace vitrt::convert
