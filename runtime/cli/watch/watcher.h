// The loop of `vitrt watch`.
#pragma once

#include <chrono>
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

// Until SIGINT or SIGTERM; with `once`, until every file of the folders is classified. The exit code: 4 if `once` met
// files that could not be classified.
Result<int> Watch(const WatchOptions& options);

}  // namespace vitrt::cli
