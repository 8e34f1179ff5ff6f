// One step each, for every op family: what all implementations of an op must agree on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/plan/test_plan.h"

namespace vitrt::test {

struct OpCase {
  std::string title;
  double tolerance;                      // of the largest output; 0: exact
  std::function<void(TestPlan&)> build;  // adds values and one step
  bool hostile = false;                  // indices from data lie outside their axis: kernels clamp, the oracle refuses
};

std::vector<OpCase> DenseCases();     // Linear, convolutions, pooling, attention, matrix product
std::vector<OpCase> Int8Cases();      // layers on 8-bit integers
std::vector<OpCase> RowCases();       // normalisation, elementwise, reductions
std::vector<OpCase> MovementCases();  // ops that only move elements

}  // namespace vitrt::test
