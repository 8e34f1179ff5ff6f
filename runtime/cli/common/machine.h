// This process.
#pragma once

namespace vitrt::cli {

// Milliseconds since this process began: CPU time before main (exec, dynamic linking) plus wall time since. Call first
// in main.
void MarkProcessStart();
double MillisecondsSinceStart();

}  // namespace vitrt::cli
