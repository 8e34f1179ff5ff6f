// The epilogues that every kernel with one is tested with, on an output of rows x columns.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "runtime/kernels/epilogue.h"
#include "tests/kernels/tiers.h"

namespace vitrt::kernels {

struct EpilogueCase {
  std::string what;
  Epilogue epilogue;
  bool in_place = false;  // the residual is the destination
  int64_t size = 0;

  Buffer Destination() const { return in_place ? Random(size, 77) : Buffer(size, 1e30f); }
};

inline std::vector<EpilogueCase> EpilogueCases(int64_t rows, int64_t columns) {
  static std::deque<Buffer> kept;  // what the cases point to
  const auto keep = [&](int64_t count, uint32_t seed) { return kept.emplace_back(Random(count, seed)).data(); };
  std::vector<EpilogueCase> cases;
  struct Function {
    Fn fn;
    float alpha = 0, beta = 0;
  };
  static constexpr Function kFunctions[] = {
      {Fn::kIdentity}, {Fn::kRelu},    {Fn::kLeakyRelu, 0.1f},         {Fn::kGeluErf},
      {Fn::kGeluTanh}, {Fn::kSigmoid}, {Fn::kHardSigmoid, 0.2f, 0.5f}, {Fn::kHardSwish},
      {Fn::kSilu, 1},  {Fn::kTanh},    {Fn::kClip, -0.5f, 0.75f}};
  for (const auto& [fn, alpha, beta] : kFunctions) {
    cases.push_back({"function " + std::to_string(static_cast<int>(fn)) + " after a bias",
                     {.bias = keep(columns, 71), .fn = fn, .alpha = alpha, .beta = beta},
                     false,
                     rows * columns});
  }
  cases.push_back(
      {"residual without bias", {.residual = keep(rows * columns, 72), .residual_ld = columns}, false, rows * columns});
  cases.push_back({"residual of another pitch after ReLU",
                   {.residual = keep(rows * (columns + 3), 73), .residual_ld = columns + 3, .fn = Fn::kRelu},
                   false,
                   rows * columns});
  cases.push_back({"one residual row for all",
                   {.residual = keep(columns, 74), .residual_ld = columns, .residual_period = 1},
                   false,
                   rows * columns});
  cases.push_back({"residual in place", {.residual_ld = columns, .fn = Fn::kSilu, .alpha = 1}, true, rows * columns});
  cases.push_back(
      {"residual in place after hard swish", {.residual_ld = columns, .fn = Fn::kHardSwish}, true, rows * columns});
  cases.push_back(
      {"bias per position",
       {.bias = keep(columns, 71), .row_bias = keep(rows * columns, 75), .row_period = rows, .fn = Fn::kRelu},
       false,
       rows * columns});
  return cases;
}

}  // namespace vitrt::kernels
