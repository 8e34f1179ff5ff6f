// <windows.h> without what nobody asked for, and text in its encoding. For the sources of this folder and others that are
// built for Windows only.
#pragma once

#define WIN32_LEAN_AND_MEAN  // NOMINMAX is defined by the C++ library
#include <windows.h>

#include <string>
#include <string_view>

namespace vitrt::os {

std::wstring ToWide(std::string_view utf8);
std::string ToUtf8(std::wstring_view wide);

// The value of errno that says what GetLastError does.
int ErrnoOf(unsigned long windows_error);

}  // namespace vitrt::os
