// The operators that vitrt imports, with the opset versions for which each handler is right.
#pragma once

#include <string>
#include <vector>

#include "converters/onnx/node_context.h"

namespace vitrt::convert::onnx_import {

inline constexpr int64_t kNewestOpset = 27;

struct OpRow {
  const char* op_type;  // of the domain ai.onnx
  int since, until;     // opset versions, both included
  Status (*import)(NodeContext& node);
  const char* becomes;  // for the reader of the table
  const char* limits;   // what is refused, "" for nothing
};

// The whole table, sorted by name.
const std::vector<OpRow>& OpTable();

// The row for a node of the default domain, or why there is none: "operator X is not known", "... of opset 5 ...".
Result<const OpRow*> FindOp(const std::string& op_type, int64_t opset);

// The table as Markdown, for converters/README.md.
std::string OpTableMarkdown();

}  // namespace vitrt::convert::onnx_import
