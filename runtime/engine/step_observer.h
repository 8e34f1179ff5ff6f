// Looks at every step of a run: for checks that compare each step with a reference on the step's own inputs.
#pragma once

#include <cstddef>
#include <span>

namespace vitrt {

class StepObserver {
 public:
  // Bytes of the first image's values, in the step's order; empty where an input is absent. They hold until the call
  // returns: a step may write its output over an input.
  using Values = std::span<const std::span<const std::byte>>;

  virtual ~StepObserver() = default;
  virtual void Before(int step, Values inputs) = 0;
  virtual void After(int step, Values outputs) = 0;
};

}  // namespace vitrt
