// NumPy's .npy files (numpy.lib.format, versions 1.0 to 3.0) as far as tensors need them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::cli {

struct NpyTensor {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// Only float32, or, with `bytes`, uint8; little-endian, C order, with exactly the bytes that the shape asks for;
// anything else is kBadInput with a hint on how to convert it.
Result<NpyTensor> ParseNpy(std::span<const std::byte> file, bool bytes = false);

// A whole file of version 1.0. `bytes` holds little-endian values of `descr`: "<f4", "|b1", ...
std::vector<std::byte> EncodeNpy(const std::string& descr, std::span<const int64_t> shape,
                                 std::span<const std::byte> bytes);

}  // namespace vitrt::cli
