#include "tests/ops/one_step.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/kernels/int8_kernels.h"
#include "runtime/plan/validate.h"

namespace vitrt::test {
namespace {

AlignedBuffer Allocate(int64_t bytes) {
  auto buffer = AlignedBuffer::Allocate(static_cast<size_t>(bytes));
  REQUIRE(buffer.ok());
  return std::move(*buffer);
}

AlignedBuffer Copy(std::span<const std::byte> bytes) {
  AlignedBuffer buffer = Allocate(static_cast<int64_t>(bytes.size()));
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return buffer;
}

}  // namespace

OneStep::OneStep(const OpCase& c, int64_t gap) {
  c.build(model_);
  // A plan of its own kind: every activation that no step writes is filled before the run.
  tables_ = model_.Finish();
  const plan::Plan& plan = *tables_.plan();
  for (uint32_t i = 0; i < plan.values()->size(); ++i) {
    const plan::Value& value = *plan.values()->Get(i);
    const plan::Storage& storage = *plan.storages()->Get(value.storage());
    ops::ValueDesc desc;
    desc.present = true;
    desc.dtype = value.dtype();
    desc.encoding = value.encoding();
    for (int64_t d : plan::ListOf(value.dims())) desc.dims.push_back(d);
    desc.constant = storage.constant();
    if (desc.constant) {
      constants_.push_back(Copy({model_.weights.data() + storage.offset(), storage.bytes()}));
      desc.constant_data = constants_.back().data();
    } else {
      desc.image_stride = desc.bytes() + gap;
    }
    values_.push_back(desc);
  }
  step_ = plan.steps()->Get(0);
  for (int32_t id : *step_->inputs()) inputs_.push_back(id < 0 ? ops::ValueDesc() : values_[id]);
  for (int32_t id : *step_->outputs()) outputs_.push_back(values_[id]);
}

ops::OpContext OneStep::Context(Isa isa) const {
  ops::OpContext c;
  c.step = step_;
  c.inputs = inputs_;
  c.outputs = outputs_;
  c.kernels = &kernels::Kernels(isa);
  c.int8 = &kernels::Int8KernelsOf(isa, FeaturesOf(ReadCpuWords(), isa));
  return c;
}

std::vector<std::byte> OneStep::InputImage(size_t i, int image) const {
  const auto noise =
      Noise(100 * (static_cast<uint32_t>(i) + 1) + static_cast<uint32_t>(image), inputs_[i].size(), 2.0f);
  std::vector<std::byte> bytes(static_cast<size_t>(inputs_[i].bytes()));
  std::memcpy(bytes.data(), noise.data(), std::min(bytes.size(), noise.size() * sizeof(float)));
  return bytes;
}

std::vector<std::byte> OneStep::Run(const ops::BoundOp& op, int n, int threads) const {
  std::vector<AlignedBuffer> memory;
  std::vector<ops::Tensor> inputs, outputs;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const ops::ValueDesc& d = inputs_[i];
    if (!d.present || d.constant) {
      inputs.push_back({const_cast<std::byte*>(d.constant_data)});
      continue;
    }
    memory.push_back(Allocate(n * d.image_stride));
    for (int image = 0; image < n; ++image) {
      const auto bytes = InputImage(i, image);
      std::memcpy(memory.back().data() + image * d.image_stride, bytes.data(), bytes.size());
    }
    inputs.push_back({memory.back().data()});
  }
  for (const ops::ValueDesc& d : outputs_) {
    memory.push_back(Allocate(n * d.image_stride));
    std::memset(memory.back().data(), 0xab, memory.back().size());
    outputs.push_back({memory.back().data()});
  }
  const AlignedBuffer scratch = Allocate(static_cast<int64_t>(op.scratch_bytes(threads, n)) + 64);
  ThreadTeam team(threads);
  op.Run({n, &team, inputs, outputs, scratch.data()});

  std::vector<std::byte> result;
  for (int i = 0; i < n; ++i) {
    for (size_t o = 0; o < outputs_.size(); ++o) {
      const std::byte* from = outputs[o].data + i * outputs_[o].image_stride;
      result.insert(result.end(), from, from + outputs_[o].bytes());
      REQUIRE(std::all_of(from + outputs_[o].bytes(), from + outputs_[o].image_stride,
                          [](std::byte b) { return b == std::byte{0xab}; }));  // nothing lands in the gap
    }
  }
  return result;
}

// Largest difference as a share of the largest expected value; infinite if bytes that are no floats differ, or one of two
// elements is no number and the other another.
double Difference(const std::vector<std::byte>& got, const std::vector<std::byte>& expected, bool is_float) {
  if (!is_float) return got == expected ? 0 : INFINITY;
  const auto* a = reinterpret_cast<const float*>(got.data());
  const auto* b = reinterpret_cast<const float*>(expected.data());
  double largest = 1e-30, difference = 0;
  for (size_t i = 0; i < expected.size() / sizeof(float); ++i) {
    if (std::isfinite(b[i])) largest = std::max(largest, std::abs(static_cast<double>(b[i])));
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return INFINITY;
    difference = std::max(difference, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return difference / largest;
}

}  // namespace vitrt::test
