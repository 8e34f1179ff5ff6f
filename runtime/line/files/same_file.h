// Refuses an output that is also an input, or that would replace a file of another kind, before anything is written.
// Every command calls it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/line/files/file_kind.h"
#include "vitrt/status.h"

namespace vitrt::line {

struct NamedFile {
  std::string role;  // for messages: "--log", "the plan"
  std::string path;  // "": not given
};
using NamedFiles = std::vector<NamedFile>;

struct OutputFile {
  std::string role, path;  // as of a NamedFile
  const FileKind* kind;    // nullptr: its writer looks for itself (the journal, which is known by whole lines)
};
using OutputFiles = std::vector<OutputFile>;

// Two paths are one file if they lead to the same inode, through any links, or would create the same name. Devices and
// FIFOs are nobody's. Errors: kInvalidArgument, naming both, where an output is an input or another output; that of
// CheckKind, where an output is there and is of another kind.
Status CheckOutputs(std::span<const NamedFile> inputs, std::span<const OutputFile> outputs);

}  // namespace vitrt::line
