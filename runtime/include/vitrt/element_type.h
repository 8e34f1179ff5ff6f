// Types of tensors that enter and leave a plan.
#pragma once

#include <cstdint>

namespace vitrt {

enum class ElementType : uint8_t { kFloat32, kInt32, kInt64, kBool, kUint8 };  // kBool: one byte, 0 or 1

}  // namespace vitrt
