#include "runtime/cli/watch/options.h"

#include <filesystem>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/base/pending_file.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/watch/cameras.h"

namespace vitrt::cli {
namespace {

namespace fs = std::filesystem;

// Checks that no output is the plan or an image of a watched folder, now or once it is written.
Status CheckFiles(const WatchOptions& o) {
  NamedFiles inputs = sinks::InputsOf(o.sinks);
  OutputFiles outputs = OutputsOf(o.audit);
  inputs.push_back({"the plan", o.plan});
  std::string journal = o.journal;
  if (journal.empty() && !o.folders.empty()) {
    VITRT_ASSIGN_OR_RETURN(journal, watch::DefaultJournalPath(o.folders[0]));
  }
  std::error_code error;
  for (const std::string& folder : o.folders) {
    for (const os::Entry& entry : os::EntriesOf(folder).value_or(std::vector<os::Entry>())) {
      if (HasImageName(entry.name)) inputs.push_back({"an image", folder + "/" + entry.name});
    }
  }
  outputs.insert(outputs.end(), {{"--json-out", o.json_out, &kinds::kJsonLines},
                                 {"--csv-out", o.csv_out, &kinds::kCsvLines},
                                 {"--journal", journal, nullptr}});
  const OutputFiles of_sinks = sinks::OutputsOf(o.sinks);
  outputs.insert(outputs.end(), of_sinks.begin(), of_sinks.end());
  VITRT_RETURN_IF_ERROR(CheckOutputs(inputs, outputs));
  for (const OutputFile& output : outputs) {
    const fs::path path = os::PathOf(FollowLinks(output.path));
    if (output.path.empty() || !HasImageName(os::NameOf(path))) continue;
    const fs::path parent = path.has_parent_path() ? path.parent_path() : ".";
    for (const std::string& folder : o.folders) {
      const auto one = os::Look(os::NameOf(parent)), other = os::Look(folder);
      if (one && other && one->Identity() == other->Identity())
        return InvalidArgument(output.role + " would be taken for an image", output.path);
    }
  }
  return {};
}

// Whether one of the two folders is the other or lies in it.
bool Overlap(const std::string& a, const std::string& b) {
  std::error_code error;
  const std::string x = os::NameOf(fs::weakly_canonical(fs::absolute(os::PathOf(a)), error)) + "/";
  const std::string y = os::NameOf(fs::weakly_canonical(fs::absolute(os::PathOf(b)), error)) + "/";
  return x.starts_with(y) || y.starts_with(x);
}

// What is moved or copied out of a folder must not come back as a new image.
Status CheckFolders(const WatchOptions& o) {
  if (o.sort && o.done.empty()) return InvalidArgument("--sort without --done", "command line");
  for (const auto& [role, path] : NamedFiles{{"--done", o.done}, {"--keep-doubtful", o.doubtful.folder}}) {
    if (path.empty()) continue;
    for (const std::string& folder : o.folders) {
      if (Overlap(path, folder)) return InvalidArgument(role + " must lie apart from the watched folders", path);
    }
  }
  if (!o.done.empty() && !o.doubtful.folder.empty() && Overlap(o.done, o.doubtful.folder)) {
    return InvalidArgument("--done and --keep-doubtful must lie apart", o.done);
  }
  return {};
}

}  // namespace

Status CheckPaths(const WatchOptions& options) {
  VITRT_RETURN_IF_ERROR(CheckFolders(options));
  return CheckFiles(options);
}

}  // namespace vitrt::cli
