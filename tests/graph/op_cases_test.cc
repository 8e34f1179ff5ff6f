// The reference kernels of the runtime against the reference evaluator of the converter: two programs that share
// nothing but the op's attributes, on every case of tests/ops/op_cases.cc. Every op of a plan has a case there.
#include <doctest/doctest.h>

#include <cstring>
#include <set>

#include "converters/graph/graph.h"
#include "runtime/plan/op_types.h"
#include "tests/ops/one_step.h"

namespace vitrt::test {
namespace {

using convert::Tensor;

// [groups][ceil(n/16)][k][16] -> [k, groups * n]: the weight as the graph has it.
std::vector<float> FromPanels(const float* panels, int64_t k, int64_t columns, int64_t groups) {
  const int64_t n = columns / groups, per_group = (n + 15) / 16;
  std::vector<float> weight(static_cast<size_t>(k * columns));
  for (int64_t row = 0; row < k; ++row) {
    for (int64_t c = 0; c < columns; ++c) {
      const int64_t panel = c / n * per_group + c % n / 16;
      weight[static_cast<size_t>(row * columns + c)] = panels[(panel * k + row) * 16 + c % n % 16];
    }
  }
  return weight;
}

Tensor TensorOf(const OneStep& step, size_t i) {
  const ops::ValueDesc& d = step.inputs()[i];
  if (d.encoding == plan::Encoding::Panels16) {
    const plan::Conv2dT* conv = step.tables().op.AsConv2d();
    const int64_t side = conv == nullptr ? 0 : conv->winograd + 2;
    const int64_t groups = conv == nullptr ? 1 : i == 5 ? side * side : conv->groups;
    return Tensor::FromF32(d.dims, FromPanels(d.constant_f32(), d.rows(), d.channels(), groups));
  }
  convert::MutableTensor tensor(d.dtype, d.dims);
  if (d.constant) {
    std::memcpy(tensor.bytes(), d.constant_data, static_cast<size_t>(d.bytes()));
  } else {
    const auto bytes = step.InputImage(i, 0);
    std::memcpy(tensor.bytes(), bytes.data(), bytes.size());
  }
  return std::move(tensor).Freeze();
}

void CheckCase(const OpCase& c) {
  INFO(c.title);
  const OneStep step(c, 0);
  const auto reference = ops::ImplementationsOf(step.op()).back().bind(step.Context(Isa::kSse41));
  REQUIRE_MESSAGE(reference.ok(), reference.status().ToString());
  const auto got = step.Run(**reference, 1, 1);

  std::vector<std::optional<Tensor>> inputs;
  std::vector<std::optional<plan::TensorType>> types;
  for (size_t i = 0; i < step.inputs().size(); ++i) {
    const bool present = step.inputs()[i].present;
    inputs.push_back(present ? std::optional(TensorOf(step, i)) : std::nullopt);
    types.push_back(present ? std::optional(inputs.back()->type()) : std::nullopt);
  }
  std::vector<plan::TensorType> outputs;
  for (const ops::ValueDesc& d : step.outputs()) outputs.push_back({d.dtype, d.dims});
  const auto inferred = plan::InferOpTypes(step.tables().op, types, outputs[0]);
  REQUIRE_MESSAGE(inferred.ok(), inferred.status().ToString());
  CHECK(*inferred == outputs);

  const auto expected = convert::EvaluateNode(step.tables().op, inputs, outputs);
  REQUIRE_MESSAGE(expected.ok() == !c.hostile, expected.status().ToString());
  if (c.hostile) return;
  std::vector<std::byte> bytes;
  for (const Tensor& tensor : *expected) bytes.insert(bytes.end(), tensor.bytes->begin(), tensor.bytes->end());
  CHECK(Difference(got, bytes, step.IsFloat()) <= 1e-5);
}

std::vector<OpCase> AllCases() {
  std::vector<OpCase> all = DenseCases();
  for (const auto& more : {RowCases(), MovementCases()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST_SUITE("converters/graph") {
  TEST_CASE("the evaluator and the reference kernels agree on every op") {
    for (const OpCase& c : AllCases()) CheckCase(c);
  }

  TEST_CASE("every op of a plan has a case") {
    std::set<plan::Op> ops;
    for (const OpCase& c : AllCases()) ops.insert(OneStep(c, 0).op());
    for (const plan::OpDescriptor& op : plan::kOpDescriptors) {
      // The int8 layers of a graph have other weights than a plan's: tests/converter/int8_test.cc compares the two.
      if (plan::IsInt8(op.op)) continue;
      CHECK_MESSAGE(ops.contains(op.op) == op.in_plan, op.name);
    }
  }
}

}  // namespace
}  // namespace vitrt::test
