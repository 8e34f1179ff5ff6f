// The one oneDNN engine of the process, its version and its ISA cap. Only this folder includes dnnl.hpp.
#pragma once

#include <string>

#include "vitrt/engine.h"

namespace vitrt::onednn {

// Caps oneDNN at `isa`. oneDNN takes a cap only before its first use in the process: false if another one already holds
// (a host program may have set it, or an earlier engine with a higher cap): the implementations then refuse. Needs Load
// (library.h).
bool CapIsa(Isa isa);

// "3.2.0", "" where oneDNN cannot be loaded. Loads it.
std::string Version();

}  // namespace vitrt::onednn
