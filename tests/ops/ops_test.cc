// Every implementation of every op, on every tier, against the last row of its list: one image and three, one thread
// and two, images that adjoin and images with gaps between them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/base/isa.h"
#include "runtime/kernels/kernel_table.h"
#include "runtime/ops/op_impl.h"
#include "runtime/plan/validate.h"
#include "tests/ops/op_cases.h"

using namespace vitrt;

namespace {

// A one-step plan with memory for n images of each activation, filled with noise.
class OneStep {
 public:
  OneStep(const test::OpCase& c, int64_t gap) {
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

  plan::Op op() const { return step_->op_type(); }

  ops::OpContext Context(Isa isa) const {
    ops::OpContext c;
    c.step = step_;
    c.inputs = inputs_;
    c.outputs = outputs_;
    c.kernels = &kernels::Kernels(isa);
    return c;
  }

  // Bytes of all outputs of all n images, image by image.
  std::vector<std::byte> Run(const ops::BoundOp& op, int n, int threads) const {
    std::vector<AlignedBuffer> memory;
    std::vector<ops::Tensor> inputs, outputs;
    uint32_t input = 0;
    for (const ops::ValueDesc& d : inputs_) {
      ++input;
      if (!d.present || d.constant) {
        inputs.push_back({const_cast<std::byte*>(d.constant_data)});
        continue;
      }
      memory.push_back(Allocate(n * d.image_stride));
      for (int i = 0; i < n; ++i) {
        const auto noise = test::Noise(100 * input + static_cast<uint32_t>(i), d.size(), 2.0f);
        std::memcpy(memory.back().data() + i * d.image_stride, noise.data(), static_cast<size_t>(d.bytes()));
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

  bool IsFloat() const { return outputs_[0].dtype == plan::DType::F32; }

 private:
  static AlignedBuffer Allocate(int64_t bytes) {
    auto buffer = AlignedBuffer::Allocate(static_cast<size_t>(bytes));
    REQUIRE(buffer.ok());
    return std::move(*buffer);
  }
  static AlignedBuffer Copy(std::span<const std::byte> bytes) {
    AlignedBuffer buffer = Allocate(static_cast<int64_t>(bytes.size()));
    std::memcpy(buffer.data(), bytes.data(), bytes.size());
    return buffer;
  }

  test::TestPlan model_;
  test::Tables tables_;
  std::vector<AlignedBuffer> constants_;
  std::vector<ops::ValueDesc> values_, inputs_, outputs_;
  const plan::Step* step_ = nullptr;
};

// Largest difference as a share of the largest expected value; infinite if bytes that are no floats differ.
double Difference(const std::vector<std::byte>& got, const std::vector<std::byte>& expected, bool is_float) {
  if (!is_float) return got == expected ? 0 : INFINITY;
  const auto* a = reinterpret_cast<const float*>(got.data());
  const auto* b = reinterpret_cast<const float*>(expected.data());
  double largest = 1e-30, difference = 0;
  for (size_t i = 0; i < expected.size() / sizeof(float); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
    difference = std::max(difference, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return difference / largest;
}

std::vector<Isa> Tiers() {
  std::vector<Isa> tiers;
  const auto best = IsaOf(ReadCpuWords());
  for (Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) {
    if (best && isa <= *best) tiers.push_back(isa);
  }
  return tiers;
}

void CheckRow(const OneStep& step, const ops::BoundOp& op, const std::vector<std::byte>& expected, double tolerance) {
  const auto three = step.Run(op, 3, 1);
  CHECK(Difference(three, expected, step.IsFloat()) <= tolerance);
  CHECK(step.Run(op, 3, 2) == three);
  const auto one = step.Run(op, 1, 2);
  CHECK(std::equal(one.begin(), one.end(), three.begin()));
}

int CheckCase(const test::OpCase& c) {
  int rows_run = 0;
  for (int64_t gap : {0, 256}) {
    const OneStep step(c, gap);
    const auto rows = ops::ImplementationsOf(step.op());
    REQUIRE(!rows.empty());
    const auto reference = rows.back().bind(step.Context(Isa::kSse41));
    REQUIRE_MESSAGE(reference.ok(), reference.status().ToString());
    const auto expected = step.Run(**reference, 3, 1);
    for (Isa isa : Tiers()) {
      for (const ops::OpImpl& row : rows) {
        INFO(c.title, ", ", std::string(row.name), " on ", std::string(IsaName(isa)), ", gap ", gap);
        const ops::OpContext context = step.Context(isa);
        if (!row.refuse(context).empty()) continue;
        const auto op = row.bind(context);
        if (!op.ok()) {
          CHECK(op.status().code() == StatusCode::kUnsupported);
          continue;
        }
        CheckRow(step, **op, expected, &row == &rows.back() ? 0 : c.tolerance);
        ++rows_run;
      }
    }
  }
  return rows_run;
}

void CheckCases(const std::vector<test::OpCase>& cases) {
  for (const test::OpCase& c : cases) CHECK_MESSAGE(CheckCase(c) >= 2, c.title);
}

}  // namespace

TEST_SUITE("runtime/ops") {
  TEST_CASE("implementations of layers, convolutions and attention agree") { CheckCases(test::DenseCases()); }
  TEST_CASE("implementations of row-wise and elementwise ops agree") { CheckCases(test::RowCases()); }
  TEST_CASE("implementations of data movement agree") { CheckCases(test::MovementCases()); }

  TEST_CASE("every op of the plan has a list whose last row accepts anything") {
    for (int op = 1; op <= static_cast<int>(plan::Op::MAX); ++op) {
      if (static_cast<plan::Op>(op) == plan::Op::Reshape) continue;
      INFO(std::string(plan::EnumNameOp(static_cast<plan::Op>(op))));
      const auto rows = ops::ImplementationsOf(static_cast<plan::Op>(op));
      REQUIRE(!rows.empty());
      CHECK(rows.back().refuse({}).empty());
    }
  }
}
