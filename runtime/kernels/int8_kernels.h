// The int8 kernels for a CPU: those of its tier, or better ones where it has VNNI. Not part of kernel_table.h, which
// the per-tier objects include: they must not see the standard library.
#pragma once

#include "runtime/base/cpu_features.h"
#include "runtime/kernels/int8.h"

namespace vitrt::kernels {

// Of a tier and features that this CPU has (the caller has checked), defined in kernel_table.cc. All give the same
// sums.
const Int8Kernels& Int8KernelsOf(Isa isa, CpuFeatures features);

}  // namespace vitrt::kernels
