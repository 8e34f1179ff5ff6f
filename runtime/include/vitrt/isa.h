// Instruction-set tiers. Kept apart from engine.h so that kernels see nothing of the standard library.
#pragma once

#include <cstdint>

namespace vitrt {

enum class Isa : uint8_t { kSse41, kAvx, kAvx2, kAvx512 };  // kAvx2 includes FMA; kAvx512 = F, BW, DQ, VL

}  // namespace vitrt
