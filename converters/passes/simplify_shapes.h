// The rules of the pass SimplifyShapes, one node at a time, for passes that make movement as they go.
#pragma once

#include "converters/passes/rewriter.h"

namespace vitrt::convert {

// What may stand for the node's output: an older value, a new one, or kNoValue where no rule applies.
Result<ValueId> SimplerForm(Rewriter& r, const Node& node);

}  // namespace vitrt::convert
