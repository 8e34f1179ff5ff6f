// What the inputs, outputs and attributes of each op must look like in a plan: the written form of plan.fbs's comments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

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

struct OpRule {
  Status (*check)(const StepTypes&);  // nullptr: not an op of a plan
  int required_inputs;                // the first ones, present
  int max_inputs;                     // -1: any number
  int outputs;
  uint32_t in_place_inputs;  // bit i: output 0 may be exactly the bytes of input i
};

// `op` is a known value other than NONE.
const OpRule& RuleOf(Op op);

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

// op_rules_dense.cc
Status CheckLinear(const StepTypes& s);
Status CheckConv2d(const StepTypes& s);
Status CheckConvTranspose2d(const StepTypes& s);
Status CheckPool2d(const StepTypes& s);
Status CheckAttention(const StepTypes& s);
Status CheckMatMul(const StepTypes& s);
// op_rules_rows.cc
Status CheckLayerNorm(const StepTypes& s);
Status CheckSoftmax(const StepTypes& s);
Status CheckUnary(const StepTypes& s);
Status CheckBinary(const StepTypes& s);
Status CheckWhere(const StepTypes& s);
Status CheckCast(const StepTypes& s);
Status CheckReduce(const StepTypes& s);
Status CheckArgReduce(const StepTypes& s);
Status CheckTopK(const StepTypes& s);
Status CheckCumSum(const StepTypes& s);
// op_rules_movement.cc
Status CheckTranspose(const StepTypes& s);
Status CheckConcat(const StepTypes& s);
Status CheckSlice(const StepTypes& s);
Status CheckGather(const StepTypes& s);
Status CheckGatherElements(const StepTypes& s);
Status CheckGatherND(const StepTypes& s);
Status CheckScatterND(const StepTypes& s);
Status CheckPad(const StepTypes& s);
Status CheckExpand(const StepTypes& s);
Status CheckTile(const StepTypes& s);
Status CheckResize(const StepTypes& s);

}  // namespace vitrt::plan
