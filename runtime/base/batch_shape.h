// The shape of a tensor of several images.
#pragma once

#include <cstdint>
#include <vector>

namespace vitrt {

// dims: of one image as the model has it (TensorInfo). The batch axis, given as 1, becomes n; a tensor without one gets a
// new first axis for n > 1, and for one image keeps the model's own shape.
inline std::vector<int64_t> BatchShape(std::vector<int64_t> dims, int64_t n) {
  if (n == 1) return dims;
  if (!dims.empty() && dims[0] == 1) {
    dims[0] = n;
  } else {
    dims.insert(dims.begin(), n);
  }
  return dims;
}

}  // namespace vitrt
