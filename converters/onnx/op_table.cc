#include "converters/onnx/op_table.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace vitrt::convert::onnx_import {
namespace {

using Family = std::span<const Operator> (*)();
constexpr Family kFamilies[] = {
    AttentionOperators,   CastOperators,   Col2imOperators, ConstantOperators, ConvOperators,    EinsumOperators,
    ElementwiseOperators, GatherOperators, MatrixOperators, MovementOperators, NormOperators,    PoolOperators,
    QuantizedOperators,   ReduceOperators, ResizeOperators, ShapeOperators,    SoftmaxOperators,
};

std::vector<Operator> Gather() {
  std::vector<Operator> all;
  for (const Family family : kFamilies) all.insert(all.end(), family().begin(), family().end());
  std::sort(all.begin(), all.end(), [](const Operator& a, const Operator& b) {
    const int order = std::strcmp(a.op_type, b.op_type);
    return order != 0 ? order < 0 : a.since < b.since;
  });
  return all;
}

// What operators are for that people's models have and vitrt has not.
struct Gap {
  const char *op_type, *reason;
};
constexpr Gap kGaps[] = {
    {"AffineGrid", "sampling at computed places is not supported"},
    {"DeformConv", "deformable convolutions are not supported"},
    {"GRU", "recurrent layers are not supported"},
    {"GridSample", "sampling at computed places is not supported"},
    {"LSTM", "recurrent layers are not supported"},
    {"Loop", "loops are not supported; export with them unrolled"},
    {"MaxRoiPool", "models that find boxes are not supported; vitrt runs classifiers"},
    {"NonMaxSuppression", "models that find boxes are not supported; vitrt runs classifiers"},
    {"RNN", "recurrent layers are not supported"},
    {"RandomNormal", "random numbers are not supported; export the model after model.eval()"},
    {"RandomNormalLike", "random numbers are not supported; export the model after model.eval()"},
    {"RandomUniform", "random numbers are not supported; export the model after model.eval()"},
    {"RandomUniformLike", "random numbers are not supported; export the model after model.eval()"},
    {"RoiAlign", "models that find boxes are not supported; vitrt runs classifiers"},
    {"Scan", "loops are not supported; export with them unrolled"},
};

std::string Range(const Operator& row) {
  std::string since = std::to_string(row.since);
  if (row.since == row.until) return since;
  return since + "-" + std::to_string(row.until);
}

}  // namespace

const std::vector<Operator>& OpTable() {
  static const std::vector<Operator> table = Gather();
  return table;
}

Result<const Operator*> FindOp(const std::string& op_type, int64_t opset) {
  if (opset > kNewestOpset) {
    return Unsupported("opset " + std::to_string(opset) + " is newer than " + std::to_string(kNewestOpset) +
                       ", the newest one known");
  }
  std::string known;
  for (const Operator& row : OpTable()) {
    if (op_type != row.op_type) continue;
    if (opset >= row.since && opset <= row.until) return &row;
    known += (known.empty() ? "" : ", ") + Range(row);
  }
  if (known.empty()) {
    std::string reason = "this operator is not supported";
    for (const Gap& gap : kGaps) {
      if (op_type == gap.op_type) reason += ": " + std::string(gap.reason);
    }
    return Unsupported(reason);
  }
  return Unsupported("supported for opsets " + known + ", not for " + std::to_string(opset));
}

std::string OpTableMarkdown() {
  std::string text = "| operator | opsets | becomes | refused |\n|---|---|---|---|\n";
  for (const Operator& row : OpTable()) {
    text += std::string("| ") + row.op_type + " | " + Range(row) + " | " + row.becomes + " | " + row.limits + " |\n";
  }
  return text;
}

}  // namespace vitrt::convert::onnx_import
