// Columns of a panel: how plans lay out weights of matrix products (Encoding.Panels16 in plan.fbs) and kernels read them.
#pragma once

#include <cstdint>

namespace vitrt {

inline constexpr int64_t kPanel = 16;

// Panels of n columns, the last one filled with zeros. Always inline: kernels of every tier call it, and a copy compiled for
// one tier must not be linked into another.
[[gnu::always_inline]] constexpr int64_t PanelCount(int64_t n) { return (n + kPanel - 1) / kPanel; }

}  // namespace vitrt
