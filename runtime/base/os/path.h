// Names of files: vitrt has them in UTF-8 everywhere, the operating system as it likes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace vitrt::os {

// What the operating system opens for a name: on POSIX the same bytes; on Windows UTF-16, absolute and with the prefix
// that lifts the limit of 260 characters where the name is that long. Bytes that are not UTF-8 lead to no file there.
std::filesystem::path PathOf(std::string_view name);

// The name of such a path, for messages, records and PathOf. Windows: with '/' and without the prefix.
std::string NameOf(const std::filesystem::path& path);

// Characters, beside control characters, that no file's name may have.
std::string_view ForbiddenInNames();

}  // namespace vitrt::os
