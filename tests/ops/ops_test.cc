// Every implementation of every op, on every tier, against the last row of its list: one image and three, one thread
// and two, images that adjoin and images with gaps between them.
#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/base/isa.h"
#include "runtime/kernels/kernel_table.h"
#include "runtime/ops/op_impl.h"
#include "tests/ops/one_step.h"
#include "tests/ops/op_cases.h"

using namespace vitrt;

namespace {

std::vector<Isa> Tiers() {
  std::vector<Isa> tiers;
  const auto best = IsaOf(ReadCpuWords());
  for (Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) {
    if (best && isa <= *best) tiers.push_back(isa);
  }
  return tiers;
}

void CheckRow(const test::OneStep& step, const ops::BoundOp& op, const std::vector<std::byte>& expected,
              double tolerance) {
  const auto three = step.Run(op, 3, 1);
  CHECK(test::Difference(three, expected, step.IsFloat()) <= tolerance);
  CHECK(step.Run(op, 3, 2) == three);
  const auto one = step.Run(op, 1, 2);
  CHECK(std::equal(one.begin(), one.end(), three.begin()));
}

int CheckCase(const test::OpCase& c) {
  int rows_run = 0;
  for (int64_t gap : {0, 256}) {
    const test::OneStep step(c, gap);
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
  TEST_CASE("implementations of layers on 8-bit integers agree") { CheckCases(test::Int8Cases()); }
  TEST_CASE("oneDNN's 8-bit integers give the bits of the first implementation") {
    int compared = 0;
    for (const test::OpCase& c : test::Int8Cases()) {
      const test::OneStep step(c, 0);
      const auto rows = ops::ImplementationsOf(step.op());
      for (Isa isa : Tiers()) {
        const ops::OpContext context = step.Context(isa);
        const auto first = rows.front().bind(context);
        REQUIRE(first.ok());
        for (const ops::OpImpl& row : rows) {
          if (!std::string(row.name).starts_with("onednn")) continue;
          const auto op = row.bind(context);
          if (!op.ok()) continue;  // oneDNN is not there, or would saturate
          INFO(c.title, ", ", std::string(row.name), " on ", std::string(IsaName(isa)));
          CHECK(step.Run(**op, 3, 2) == step.Run(**first, 3, 1));
          ++compared;
        }
      }
    }
    MESSAGE("compared ", compared);
  }
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
