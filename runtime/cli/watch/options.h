// What `vitrt watch` is asked for.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/command.h"
#include "runtime/cli/common/options.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/sinks/sinks.h"
#include "runtime/line/watch/doubtful_folder.h"

namespace vitrt::cli {

struct WatchOptions {
  std::string plan;
  std::vector<std::string> folders;
  bool subfolders = false;
  std::string json_out, csv_out, journal;  // "": none; the journal then is watch::DefaultJournalPath
  double out_megabytes = 0;                // 0: result files have no size limit
  double settle_seconds = 2, rescan_seconds = 10;
  bool once = false;
  ExitOptions exits;
  AuditOptions audit;
  sinks::SinkOptions sinks;
  std::string part_pattern;  // "": no part is known
  std::string done;          // folder that classified images are moved to; "": they stay
  bool sort = false;         // by class
  watch::DoubtfulOptions doubtful;
  CommonOptions common;
};

// Outputs are neither the plan nor images of a watched folder, now or once they are written; folders that images go to lie
// apart from those that they come from. Errors: kInvalidArgument, with the file or folder.
Status CheckPaths(const WatchOptions& options);

}  // namespace vitrt::cli
