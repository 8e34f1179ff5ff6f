// Text files that people write or that keep a secret: labels, recipes, passwords. Reading one takes bounded memory, whatever
// the name leads to: a FIFO or a device is read like a file, and /dev/zero ends in an error.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include "vitrt/status.h"

namespace vitrt {

inline constexpr size_t kMostTextBytes = size_t{64} << 20;

enum class Until { kEnd, kLine };  // kLine: the first line, its end included where it has one; no more is waited for

// what: for messages, "the labels". Errors: kInvalidArgument (cannot be read, more than kMostTextBytes).
Result<std::string> ReadSmallText(const std::string& path, const std::string& what, Until until = Until::kEnd);

// The next line of a file that may be of any size, without its end; false after the last one. Errors: kBadInput, without
// a place (a line of more than kMostTextBytes).
Result<bool> NextLine(std::istream* from, std::string* line);

}  // namespace vitrt
