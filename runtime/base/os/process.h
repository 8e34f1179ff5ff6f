// The process: its command line, its streams, what it has used.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace vitrt::os {

// What the command line holds behind the program's name, in UTF-8; the name may be missing, too (argc 0: Linux before 5.18
// starts such a program). Prepares the standard streams: what is written to them goes out byte by byte, as UTF-8. For main,
// before anything else.
std::vector<std::string> Arguments(int argc, char** argv);

bool IsTerminal(std::FILE* stream);
int ProcessId();
double CpuMilliseconds();    // of all threads so far
double PeakResidentBytes();  // 0 where the system does not say

}  // namespace vitrt::os
