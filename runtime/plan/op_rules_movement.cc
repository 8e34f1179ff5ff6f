// Rules of the ops that move elements and compute little or nothing.
#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

constexpr int64_t kMaxExtent = int64_t{1} << 40;  // of starts, steps, pads and repeats

template <typename T>
bool HasSize(const flatbuffers::Vector<T>* vector, int64_t size) {
  return vector != nullptr && static_cast<int64_t>(vector->size()) == size;
}

bool InExtent(int64_t value) { return value >= -kMaxExtent && value <= kMaxExtent; }

}  // namespace

Status CheckTranspose(const StepTypes& s) {
  const ValueType& x = s.in(0);
  const auto* perm = s.step.op_as_Transpose()->perm();
  VITRT_RULE(IsPlain(x), "x has an encoding");
  VITRT_RULE(HasSize(perm, x.rank()), "perm does not have an entry per axis");
  std::vector<bool> seen(x.dims.size(), false);
  Dims expected;
  for (int32_t axis : *perm) {
    VITRT_RULE(axis >= 0 && axis < x.rank() && !seen[axis], "perm is not a permutation");
    seen[axis] = true;
    expected.push_back(x.dims[axis]);
  }
  return OutputIs(s.out(), x.dtype, expected);
}

Status CheckConcat(const StepTypes& s) {
  const ValueType& first = s.in(0);
  const int64_t axis = NormalizedAxis(s.step.op_as_Concat()->axis(), first.rank());
  VITRT_RULE(axis >= 0, "no such axis");
  Dims expected = first.dims;
  expected[axis] = 0;
  for (const ValueType* part : s.inputs) {
    VITRT_RULE(part != nullptr && IsPlain(*part) && part->dtype == first.dtype && part->rank() == first.rank(),
               "the inputs differ in dtype or rank");
    Dims dims = part->dims;
    VITRT_RULE(dims[axis] <= kMaxExtent, "the axis is too long");
    expected[axis] += dims[axis];
    dims[axis] = first.dims[axis];
    VITRT_RULE(dims == first.dims, "the inputs differ off the axis");
  }
  return OutputIs(s.out(), first.dtype, expected);
}

Status CheckSlice(const StepTypes& s) {
  const Slice& op = *s.step.op_as_Slice();
  const ValueType &x = s.in(0), &y = s.out();
  VITRT_RULE(IsPlain(x) && y.dtype == x.dtype && y.rank() == x.rank(), "the output differs in dtype or rank");
  VITRT_RULE(HasSize(op.starts(), x.rank()) && HasSize(op.steps(), x.rank()),
             "starts or steps do not have an entry per axis");
  for (int64_t i = 0; i < x.rank(); ++i) {
    const int64_t start = op.starts()->Get(i), step = op.steps()->Get(i);
    const auto reach = CheckedMul<int64_t>(step, y.dims[i] - 1);
    const auto last = reach ? CheckedAdd<int64_t>(*reach, start) : std::nullopt;
    VITRT_RULE(step != 0 && start >= 0 && start < x.dims[i] && last && *last >= 0 && *last < x.dims[i],
               "reads outside the input");
  }
  return {};
}

Status CheckGather(const StepTypes& s) {
  const ValueType &data = s.in(0), &indices = s.in(1);
  const int64_t axis = NormalizedAxis(s.step.op_as_Gather()->axis(), data.rank());
  VITRT_RULE(IsPlain(data) && IsIndex(indices) && axis >= 0, "no such axis, or indices that are no integers");
  Dims expected(data.dims.begin(), data.dims.begin() + axis);
  expected.insert(expected.end(), indices.dims.begin(), indices.dims.end());
  expected.insert(expected.end(), data.dims.begin() + axis + 1, data.dims.end());
  return OutputIs(s.out(), data.dtype, expected);
}

Status CheckGatherElements(const StepTypes& s) {
  const ValueType &data = s.in(0), &indices = s.in(1);
  const int64_t axis = NormalizedAxis(s.step.op_as_GatherElements()->axis(), data.rank());
  VITRT_RULE(IsPlain(data) && IsIndex(indices) && axis >= 0 && indices.rank() == data.rank(),
             "indices do not match the data");
  for (int64_t i = 0; i < data.rank(); ++i)
    VITRT_RULE(i == axis || indices.dims[i] <= data.dims[i], "indices are larger than the data");
  return OutputIs(s.out(), data.dtype, indices.dims);
}

Status CheckGatherND(const StepTypes& s) {
  const ValueType &data = s.in(0), &indices = s.in(1);
  const int64_t batch = s.step.op_as_GatherND()->batch_dims();
  VITRT_RULE(IsPlain(data) && IsIndex(indices) && indices.rank() >= 1, "indices are no integers");
  VITRT_RULE(batch >= 0 && batch < data.rank() && batch < indices.rank(), "batch_dims is out of range");
  VITRT_RULE(std::equal(data.dims.begin(), data.dims.begin() + batch, indices.dims.begin()), "the batch axes differ");
  const int64_t tuple = indices.dims.back();
  VITRT_RULE(tuple <= data.rank() - batch, "index tuples are longer than the data's rank");
  Dims expected(indices.dims.begin(), indices.dims.end() - 1);
  expected.insert(expected.end(), data.dims.begin() + batch + tuple, data.dims.end());
  return OutputIs(s.out(), data.dtype, expected);
}

Status CheckScatterND(const StepTypes& s) {
  const ScatterND& op = *s.step.op_as_ScatterND();
  const ValueType &data = s.in(0), &indices = s.in(1), &updates = s.in(2);
  VITRT_RULE(
      IsPlain(data) && IsPlain(updates) && IsIndex(indices) && updates.dtype == data.dtype && indices.rank() >= 1,
      "wrong dtypes");
  const int64_t tuple = indices.dims.back();
  VITRT_RULE(tuple <= data.rank(), "index tuples are longer than the data's rank");
  Dims expected(indices.dims.begin(), indices.dims.end() - 1);
  expected.insert(expected.end(), data.dims.begin() + tuple, data.dims.end());
  VITRT_RULE(updates.dims == expected, "the updates do not match data and indices");
  if (op.reduce()) {
    const ReduceFn fn = op.reduction();
    VITRT_RULE(fn == ReduceFn::Sum || fn == ReduceFn::Prod || fn == ReduceFn::Max || fn == ReduceFn::Min,
               "not a reduction of ScatterND");
    VITRT_RULE(data.dtype != DType::Bool, "Bool cannot be reduced");
  }
  return OutputIs(s.out(), data.dtype, data.dims);
}

Status CheckPad(const StepTypes& s) {
  const Pad& op = *s.step.op_as_Pad();
  const ValueType& x = s.in(0);
  VITRT_RULE(IsPlain(x), "x has an encoding");
  VITRT_RULE(op.mode() <= PadMode::MAX, "unknown mode");
  VITRT_RULE(HasSize(op.begins(), x.rank()) && HasSize(op.ends(), x.rank()), "pads do not have an entry per axis");
  Dims expected = x.dims;
  for (int64_t i = 0; i < x.rank(); ++i) {
    const int64_t begin = op.begins()->Get(i), end = op.ends()->Get(i), size = x.dims[i];
    VITRT_RULE(InExtent(begin) && InExtent(end), "a pad is out of range");
    const int64_t kept = size + std::min<int64_t>(begin, 0) + std::min<int64_t>(end, 0);
    VITRT_RULE(kept >= 1 || (kept == 0 && op.mode() == PadMode::Constant), "nothing is left of an axis");
    if (op.mode() == PadMode::Reflect) VITRT_RULE(begin < kept && end < kept, "a reflection is longer than its axis");
    if (op.mode() == PadMode::Wrap) VITRT_RULE(begin <= kept && end <= kept, "a wrap is longer than its axis");
    expected[i] += begin + end;
  }
  return OutputIs(s.out(), x.dtype, expected);
}

Status CheckExpand(const StepTypes& s) {
  const ValueType &x = s.in(0), &y = s.out();
  Dims result;
  VITRT_RULE(IsPlain(x), "x has an encoding");
  VITRT_RULE(BroadcastDims(x.dims, y.dims, &result) && result == y.dims, "x does not broadcast to the output");
  return OutputIs(y, x.dtype, result);
}

Status CheckTile(const StepTypes& s) {
  const ValueType& x = s.in(0);
  const auto* repeats = s.step.op_as_Tile()->repeats();
  VITRT_RULE(IsPlain(x), "x has an encoding");
  VITRT_RULE(HasSize(repeats, x.rank()), "repeats does not have an entry per axis");
  Dims expected = x.dims;
  for (int64_t i = 0; i < x.rank(); ++i) {
    const auto size = CheckedMul<int64_t>(expected[i], repeats->Get(i));
    VITRT_RULE(size && *size >= 1, "a repeat is out of range");
    expected[i] = *size;
  }
  return OutputIs(s.out(), x.dtype, expected);
}

Status CheckResize(const StepTypes& s) {
  const Resize& op = *s.step.op_as_Resize();
  const ValueType &x = s.in(0), &y = s.out();
  VITRT_RULE(IsFloat(x) && IsFloat(y) && y.rank() == x.rank(), "x or the output is not fp32");
  VITRT_RULE(
      op.mode() <= ResizeMode::MAX && op.coordinates() <= ResizeCoordinates::MAX && op.nearest() <= ResizeNearest::MAX,
      "unknown mode");
  VITRT_RULE(op.scales() == nullptr || op.scales()->size() == 0 || HasSize(op.scales(), x.rank()),
             "scales do not have an entry per axis");
  for (uint32_t i = 0; op.scales() != nullptr && i < op.scales()->size(); ++i) {
    // Rounded sizes differ a little from input * scale; much more would reach far outside the input.
    const double size = op.scales()->Get(i) * static_cast<double>(x.dims[i]), out = static_cast<double>(y.dims[i]);
    VITRT_RULE(size >= out / 2 && size <= 2 * out + 1, "a scale does not match the output's size");
  }
  VITRT_RULE(std::isfinite(op.cubic_a()) && std::isfinite(op.extrapolation()), "a parameter is not finite");
  return {};
}

}  // namespace vitrt::plan
