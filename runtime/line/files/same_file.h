// Refuses an output that is also an input, before anything is read or written. Every command calls it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::line {

struct NamedFile {
  std::string role;  // for messages: "--log", "the plan"
  std::string path;  // "": not given
};
using NamedFiles = std::vector<NamedFile>;

// Two paths are one file if they lead to the same inode, through any links, or would create the same name. Devices and
// FIFOs are nobody's. Errors: kInvalidArgument, naming both, where an output is an input or another output.
Status CheckOutputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs);

// A kind of text file that vitrt appends to or replaces without confirmation.
struct FileKind {
  std::string what;   // "a log of --log"
  std::string start;  // how such a file starts
};
// A file may be written as this kind if it is not there, is empty, is no regular file, or starts so (one that was cut
// short in its first bytes too). Errors: kInvalidArgument.
Status CheckKind(const std::string& path, const FileKind& kind);

}  // namespace vitrt::line
