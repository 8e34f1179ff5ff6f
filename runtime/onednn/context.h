// The one oneDNN engine of the process, its version and its ISA cap. Only this folder includes dnnl.hpp.
#pragma once

#include <string>

#include "runtime/base/cpu_features.h"
#include "vitrt/engine.h"

namespace vitrt::onednn {

// Caps oneDNN at `isa` and, of what it knows beyond, at `features`. oneDNN takes a cap only before its first use in the
// process: false if another one already holds (a host program may have set it, or an earlier engine with a higher cap):
// the implementations then refuse. Needs Load (library.h).
bool CapIsa(Isa isa, CpuFeatures features);

// "3.2.0", "" where oneDNN cannot be loaded. Loads it.
std::string Version();

}  // namespace vitrt::onednn
