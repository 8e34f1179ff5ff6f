// This process and the machine it runs on.
#pragma once

#include <string>

namespace vitrt::cli {

std::string CpuModel();  // "AMD EPYC 7763 64-Core Processor"; "unknown" where /proc does not tell
double PeakResidentBytes();
// Milliseconds since this process began: CPU time before main (exec, dynamic linking) plus wall time since. Call first
// in main.
void MarkProcessStart();
double MillisecondsSinceStart();

}  // namespace vitrt::cli
