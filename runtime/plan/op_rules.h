// What a plan asks of a step beyond the types that follow from its inputs (op_types.h): dtypes and encodings that the
// runtime computes with, channels-last maps, windows whose arithmetic cannot overflow.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/plan/op_types.h"
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

// What is wrong with the types of a step of a known op, whose inputs and outputs are as many as its descriptor says.
Status CheckStepTypes(const StepTypes& step);

bool IsFloat(const ValueType& value);  // F32, row-major
bool IsPlain(const ValueType& value);

// The form of one op in a plan: by default, that every input is row-major. The ops named below ask for more.
Status CheckPlainInputs(const StepTypes& s, size_t first = 0, size_t end = SIZE_MAX);
template <Op op>
Status CheckForm(const StepTypes& s) {
  return CheckPlainInputs(s);
}
template <>
Status CheckForm<Op::Linear>(const StepTypes& s);
template <>
Status CheckForm<Op::LinearI8>(const StepTypes& s);
template <>
Status CheckForm<Op::ConvI8>(const StepTypes& s);
template <>
Status CheckForm<Op::Conv2d>(const StepTypes& s);
template <>
Status CheckForm<Op::ConvTranspose2d>(const StepTypes& s);
template <>
Status CheckForm<Op::Pool2d>(const StepTypes& s);
template <>
Status CheckForm<Op::Pad>(const StepTypes& s);
template <>
Status CheckForm<Op::Resize>(const StepTypes& s);

}  // namespace vitrt::plan
