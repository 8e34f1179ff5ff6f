// Shared oneDNN objects; included by the .cc files of this folder only.
#pragma once

// First: dnnl.hpp must see the new names of the functions that library.cc forwards.
#include "runtime/onednn/dnnl_names.h"
//
#include <oneapi/dnnl/dnnl.hpp>

namespace vitrt::onednn {

const dnnl::engine& CpuEngine();

}  // namespace vitrt::onednn
