// The processor's name, for reports and for what was measured on it.
#pragma once

#include <string>

namespace vitrt {

std::string CpuModel();  // "AMD EPYC 7763 64-Core Processor"; "unknown" where the CPU does not say

}  // namespace vitrt
