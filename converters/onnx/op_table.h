// The operators that vitrt imports, with the opset versions for which each handler is right.
#pragma once

#include <string>
#include <vector>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {

// The whole table, sorted by name.
const std::vector<Operator>& OpTable();

// The row for a node of the default domain, or why there is none: "operator X is not known", "... of opset 5 ...".
Result<const Operator*> FindOp(const std::string& op_type, int64_t opset);

// The table as Markdown, for converters/README.md.
std::string OpTableMarkdown();

}  // namespace vitrt::convert::onnx_import
