// What the inputs, outputs and attributes of each op must look like in a plan: the written form of plan.fbs's comments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/plan/op_descriptor.h"
#include "runtime/plan/validate.h"

namespace vitrt::plan {

// A step with its values resolved; absent inputs are nullptr.
struct StepTypes {
  const Step& step;
  std::vector<const ValueType*> inputs, outputs;

  const ValueType& in(size_t i) const { return *inputs[i]; }
  const ValueType* optional(size_t i) const { return i < inputs.size() ? inputs[i] : nullptr; }
  const ValueType& out(size_t i = 0) const { return *outputs[i]; }
};

// What is wrong with a step of a known op whose inputs are as many as its descriptor says.
Status CheckStepTypes(const StepTypes& step);

// ---- Used by the rules. ----

// Returns a BadPlan with `text` unless `condition` holds.
#define VITRT_RULE(condition, text) \
  if (!(condition)) return BadPlan(text)

using Dims = std::vector<int64_t>;

bool IsFloat(const ValueType& value);
bool IsIndex(const ValueType& value);  // I32 or I64
bool IsPlain(const ValueType& value);
std::string ToString(const Dims& dims);
// `expected` against the dims of the output, naming both.
Status OutputIs(const ValueType& output, DType dtype, const Dims& expected);
// NumPy broadcasting of two shapes; false if they do not fit.
bool BroadcastDims(const Dims& a, const Dims& b, Dims* result);
// In [0, rank), or -1 if `axis` is not in [-rank, rank).
int64_t NormalizedAxis(int64_t axis, int64_t rank);
// A known function that epilogues apply, with finite parameters; a missing activation is the identity.
Status CheckEpilogueActivation(const Activation* act);

// The rule of each op of a plan: op_rules_dense.cc, op_rules_rows.cc, op_rules_movement.cc.
#define VITRT_OP(op, ...) Status Check##op(const StepTypes& s);
#define VITRT_GRAPH_OP(op, ...)
#include "runtime/plan/ops.def"

}  // namespace vitrt::plan
