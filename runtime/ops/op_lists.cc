#include "runtime/ops/op_lists.h"

namespace vitrt::ops {
namespace {

std::span<const OpImpl> None() { return {}; }

// By plan::Op.
constexpr std::span<const OpImpl> (*kLists[])() = {
    None,  // NONE
#define VITRT_OP(op, ...) op##Implementations,
#define VITRT_GRAPH_OP(op, ...) None,
#include "runtime/plan/ops.def"
};

}  // namespace

std::span<const OpImpl> ImplementationsOf(plan::Op op) { return kLists[static_cast<size_t>(op)](); }

}  // namespace vitrt::ops
