// Storages and values: sizes, alignment, bounds.
#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/plan/plan_format.h"
#include "runtime/plan/tensor_type.h"
#include "runtime/plan/validate.h"

namespace vitrt::plan {
namespace {

constexpr uint32_t kMaxCount = 1u << 20;  // of values, storages and steps
constexpr int64_t kMaxRank = 8;
constexpr uint64_t kMaxArena = uint64_t{1} << 40;  // keeps the arithmetic on sizes far from overflow

std::string StorageName(uint32_t i) { return "storage " + std::to_string(i); }

std::string ValueName(const Plan& plan, uint32_t i) {
  const auto* name = plan.values()->Get(i)->name();
  return "value " + std::to_string(i) + (name != nullptr ? " '" + name->str() + "'" : "");
}

Status CheckStorage(const Storage& storage, uint64_t arena_bytes, uint64_t weight_bytes) {
  if (storage.bytes() == 0) return BadPlan("empty storage");
  if (storage.offset() % kConstantAlignment != 0) return BadPlan("the offset is not aligned to 64 bytes");
  if (!RangeFits(storage.offset(), storage.bytes(), storage.constant() ? weight_bytes : arena_bytes)) {
    return BadPlan(storage.constant() ? "lies outside the weight section" : "lies outside the arena");
  }
  return {};
}

Result<ValueType> Resolve(const Plan& plan, const Value& value) {
  ValueType type;
  type.dtype = value.dtype();
  type.encoding = value.encoding();
  if (type.dtype > DType::MAX) return BadPlan("unknown dtype");
  if (type.encoding > Encoding::MAX) return BadPlan("unknown encoding");
  if (value.storage() >= plan.storages()->size()) return BadPlan("no such storage");
  const Storage& storage = *plan.storages()->Get(value.storage());
  type.storage = value.storage();
  type.offset = value.offset();
  type.constant = storage.constant();
  const bool packs = type.dtype == DType::F32 || (type.dtype == DType::I32 && type.encoding == Encoding::Panels16);
  if (type.encoding != Encoding::Plain && (!type.constant || !packs)) {
    return BadPlan("only fp32 constants and the groups of int8 weights have an encoding");
  }

  if (value.dims() != nullptr) type.dims.assign(value.dims()->begin(), value.dims()->end());
  if (type.rank() > kMaxRank) return BadPlan("more than 8 axes");
  for (int64_t dim : type.dims) {
    if (dim < 1) return BadPlan("an axis of size " + std::to_string(dim));
  }
  const auto elements = CheckedProduct(type.dims);
  if (!elements) return BadPlan("the size overflows");
  if (*elements > kMaxElements) return BadPlan("more than 2^31 elements");
  type.elements = *elements;
  type.bytes = static_cast<uint64_t>(*elements * SizeOf(type.dtype));
  if (!RangeFits(type.offset, type.bytes, storage.bytes())) return BadPlan("does not fit its storage");
  if (type.offset % static_cast<uint64_t>(SizeOf(type.dtype)) != 0)
    return BadPlan("the offset is not aligned to its dtype");
  type.room = storage.bytes() - type.offset;
  return type;
}

}  // namespace

Result<std::vector<ValueType>> ValidateValues(const Plan& plan, uint64_t weight_bytes) {
  if (plan.values() == nullptr || plan.storages() == nullptr || plan.steps() == nullptr)
    return BadPlan("the plan is empty");
  if (plan.values()->size() > kMaxCount || plan.storages()->size() > kMaxCount || plan.steps()->size() > kMaxCount) {
    return BadPlan("the plan has too many values, storages or steps");
  }
  if (plan.arena_bytes() > kMaxArena || weight_bytes > kMaxArena)
    return BadPlan("the arena or the weight section is impossibly large");
  for (uint32_t i = 0; i < plan.storages()->size(); ++i) {
    Status status = CheckStorage(*plan.storages()->Get(i), plan.arena_bytes(), weight_bytes);
    if (!status.ok()) return std::move(status).Within(StorageName(i));
  }
  std::vector<ValueType> values;
  values.reserve(plan.values()->size());
  for (uint32_t i = 0; i < plan.values()->size(); ++i) {
    auto value = Resolve(plan, *plan.values()->Get(i));
    if (!value.ok()) return Status(value.status()).Within(ValueName(plan, i));
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace vitrt::plan
