// Step 6: the oracle.
#include "converters/graph/evaluate.h"

namespace vitrt::convert::evaluate {

Result<Tensors> EvaluateToy(const Context& c) {
  const double factor = c.attributes<plan::ToyT>().factor;
  std::vector<double> y = ToF64Vector(c.in(0));
  for (double& value : y) value *= factor;
  return Tensors{FromF64Vector(c.out(), y)};
}

}  // namespace vitrt::convert::evaluate
