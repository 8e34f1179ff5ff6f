// Step 3: dtype and shape of the output.
#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::plan {

Result<Types> InferToy(const TypeContext& c) {
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 0, "x"));
  return Types{c.in(0)};
}

}  // namespace vitrt::plan
