// The meaning of a plan's tables, checked once at load so that nothing later has to ask again.
//
// After ValidatePlan succeeds:
// - every index (value, storage, segment, exit) is in range, every enum value known, every string and table present;
// - a value has 0 to 8 axes of size >= 1, fits its storage, and its storage fits the arena or the weight section;
// - a step reads only bytes that the input or earlier steps wrote, and writes only activations;
// - shapes, dtypes and encodings of every step obey the rules of its op (op_rules.h);
// - storages that hold something at the same time do not overlap in the arena, and a step does not overwrite what it
//   still reads (in place is allowed where element i of the output needs only element i of that input);
// - segments cover the steps in order, and `live` of a segment names all that later ones read;
// - every feature that the plan uses is declared (features.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/plan/dtype.h"
#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::plan {

// FlatBuffers Verifier has passed. weight_bytes: size of the weight section. Errors: kBadPlan.
Status ValidatePlan(const Plan& plan, uint64_t weight_bytes);

// A FlatBuffers vector that may be absent, as something to iterate over.
template <typename T>
class ListOf {
 public:
  using Vector = flatbuffers::Vector<T>;
  explicit ListOf(const Vector* vector) : vector_(vector) {}
  auto begin() const { return vector_ == nullptr ? typename Vector::const_iterator(nullptr, 0) : vector_->begin(); }
  auto end() const { return vector_ == nullptr ? typename Vector::const_iterator(nullptr, 0) : vector_->end(); }
  uint32_t size() const { return vector_ == nullptr ? 0 : vector_->size(); }

 private:
  const Vector* vector_;
};

// A value, resolved. `room`: bytes from its start to the end of its storage.
struct ValueType {
  DType dtype = DType::F32;
  Encoding encoding = Encoding::Plain;
  bool constant = false;
  std::vector<int64_t> dims;
  int64_t elements = 0;
  uint64_t bytes = 0;  // dense size; Panels16 constants may need more, which op rules compare with `room`
  uint64_t room = 0;
  uint32_t storage = 0;
  uint64_t offset = 0;  // in the storage

  int64_t rank() const { return static_cast<int64_t>(dims.size()); }
  int64_t channels() const { return dims.empty() ? 1 : dims.back(); }
  int64_t rows() const { return elements / channels(); }
};

// The parts of ValidatePlan, in order; each trusts those before it.
Result<std::vector<ValueType>> ValidateValues(const Plan& plan, uint64_t weight_bytes);  // validate_values.cc
Status ValidateSteps(const Plan& plan, const std::vector<ValueType>& values);            // validate_steps.cc
Status ValidateSegments(const Plan& plan, const std::vector<ValueType>& values);         // validate_segments.cc
Status ValidateMemory(const Plan& plan, const std::vector<ValueType>& values);           // validate_memory.cc
Status ValidateProperties(const Plan& plan, const std::vector<ValueType>& values);       // validate_properties.cc

// "step 17 Linear 'blocks.0.fc1'", for messages.
std::string StepName(const Plan& plan, uint32_t step);

}  // namespace vitrt::plan
