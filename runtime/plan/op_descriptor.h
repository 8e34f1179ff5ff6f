// One descriptor an op: what the validator, the type inference of the converter, the memory plan and the pages need to
// know of it besides its attributes (plan.fbs) and its rules (op_rules.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "runtime/plan/plan_generated.h"

namespace vitrt::plan {

struct OpDescriptor {
  Op op;
  const char* name;  // as in plan.fbs
  int required_inputs;
  int max_inputs;  // kAnyNumber: any, all of them required
  int outputs;
  uint32_t in_place_inputs;  // bit i: output 0 may be exactly the bytes of input i
  uint32_t dtypes;           // bit of each DType that the first input may have in a plan
  bool in_plan;              // false: of the converter's graph alone

  bool InPlace(size_t input) const { return input < 32 && (in_place_inputs >> input & 1) != 0; }
  bool Computes(DType dtype) const { return (dtypes >> static_cast<uint32_t>(dtype) & 1) != 0; }
  bool TakesInputs(int count) const { return count >= required_inputs && (max_inputs < 0 || count <= max_inputs); }
  bool RequiresInput(int input) const { return input < required_inputs || max_inputs < 0; }
};

inline constexpr int kAnyNumber = -1;
inline constexpr uint32_t kNoInput = 0, kFirstInput = 1u << 0, kSecondInput = 1u << 1, kResidualInput = 1u << 4;

inline constexpr uint32_t kF32 = 1u << static_cast<uint32_t>(DType::F32);
inline constexpr uint32_t kBool = 1u << static_cast<uint32_t>(DType::Bool);
inline constexpr uint32_t kNumbers =
    kF32 | 1u << static_cast<uint32_t>(DType::I32) | 1u << static_cast<uint32_t>(DType::I64);
inline constexpr uint32_t kAnyDType = (2u << static_cast<uint32_t>(DType::MAX)) - 1;

inline constexpr OpDescriptor kOpDescriptors[] = {
#define VITRT_OP(op, ...) {Op::op, #op, __VA_ARGS__, true},
#define VITRT_GRAPH_OP(op, ...) {Op::op, #op, __VA_ARGS__, false},
#include "runtime/plan/ops.def"
};

// Every op but NONE, which is 0, at its place.
constexpr bool DescribesUnion() {
  for (size_t i = 0; i < std::size(kOpDescriptors); ++i) {
    if (static_cast<size_t>(kOpDescriptors[i].op) != i + 1) return false;
  }
  return std::size(kOpDescriptors) == static_cast<size_t>(Op::MAX);
}
static_assert(DescribesUnion(), "ops.def needs a line for every op of `union Op` in plan.fbs, in its order");

inline bool IsKnown(Op op) { return op > Op::NONE && op <= Op::MAX; }

// Layers on 8-bit integers: their inputs 5 to 7 are scale, column sums and runs.
inline bool IsInt8(Op op) { return op == Op::LinearI8 || op == Op::ConvI8; }

// IsKnown(op).
constexpr const OpDescriptor& DescriptorOf(Op op) { return kOpDescriptors[static_cast<size_t>(op) - 1]; }

}  // namespace vitrt::plan
