// Shared oneDNN objects; included by the .cc files of this folder only.
#pragma once

#include <dnnl.hpp>

namespace vitrt::onednn {

const dnnl::engine& CpuEngine();

}  // namespace vitrt::onednn
