// A plan of one step, run by one implementation on noise: what the tests of the ops and of their oracle share.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "runtime/base/isa.h"
#include "runtime/ops/op_impl.h"
#include "tests/ops/op_cases.h"

namespace vitrt::test {

// Holds its constants and describes its values; every image of an activation is followed by `gap` bytes.
class OneStep {
 public:
  OneStep(const OpCase& c, int64_t gap);

  plan::Op op() const { return step_->op_type(); }
  const plan::StepT& tables() const { return *model_.tables.steps[0]; }
  const std::vector<ops::ValueDesc>& inputs() const { return inputs_; }
  const std::vector<ops::ValueDesc>& outputs() const { return outputs_; }
  bool IsFloat() const { return outputs_[0].dtype == plan::DType::F32; }

  ops::OpContext Context(Isa isa) const;
  // The noise that image `image` of input `i` holds, an activation, in as many bytes as it has.
  std::vector<std::byte> InputImage(size_t i, int image) const;
  // Bytes of all outputs of all n images, image by image.
  std::vector<std::byte> Run(const ops::BoundOp& op, int n, int threads) const;

 private:
  TestPlan model_;
  Tables tables_;
  std::vector<AlignedBuffer> constants_;
  std::vector<ops::ValueDesc> values_, inputs_, outputs_;
  const plan::Step* step_ = nullptr;
};

// Largest difference as a share of the largest expected value; infinite if bytes that are no floats differ.
double Difference(const std::vector<std::byte>& got, const std::vector<std::byte>& expected, bool is_float);

}  // namespace vitrt::test
