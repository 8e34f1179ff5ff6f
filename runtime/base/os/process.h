// The process: its command line, its streams, what it has used.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace vitrt::os {

// The command line in UTF-8, the program's name first. Prepares the standard streams: what is written to them goes out
// byte by byte, as UTF-8. For main, before anything else.
std::vector<std::string> CommandLine(int argc, char** argv);

bool IsTerminal(std::FILE* stream);
int ProcessId();
double CpuMilliseconds();    // of all threads so far
double PeakResidentBytes();  // 0 where the system does not say

}  // namespace vitrt::os
