// vitrt watch: classifies every image that appears in one of several folders, once.
#include <CLI/CLI.hpp>
#include <memory>

#include "runtime/cli/command.h"
#include "runtime/cli/common/within.h"
#include "runtime/cli/watch/watcher.h"

namespace vitrt::cli {

Run AddWatch(CLI::App* app) {
  auto o = std::make_shared<WatchOptions>();
  app->add_option("plan", o->plan, "plan file; a new one renamed over it is picked up")->required()->type_name("PLAN");
  app->add_option("folders", o->folders, "folders that images are written into, one per camera, classified in turn")
      ->required()
      ->type_name("FOLDER");
  app->add_flag("--subfolders", o->subfolders, "treat each sub-folder as a camera too");
  app->add_option("--json-out", o->json_out, "append the predictions as JSON lines")->type_name("FILE.jsonl");
  app->add_option("--csv-out", o->csv_out, "append the predictions as CSV")->type_name("FILE.csv");
  app->add_option("--journal", o->journal, "which images are done (default: in the state folder, ~/.local/state/vitrt)")
      ->type_name("FILE");
  app->add_option("--part-pattern", o->part_pattern,
                  "regular expression for file names: its first group is the part, and goes to every output")
      ->type_name("REGEX");
  const char* files = "Images";
  app->add_option("--done", o->done, "move classified images here")->type_name("FOLDER")->group(files);
  app->add_flag("--sort", o->sort, "sort them into one folder per class")->group(files);
  app->add_option("--keep-doubtful", o->doubtful.folder,
                  "copy the least confident images, and those on which the last exit disagrees (--shadow), with their "
                  "predictions")
      ->type_name("FOLDER")
      ->group(files);
  app->add_option("--doubtful-below", o->doubtful.below,
                  "confidence under which a prediction is doubtful (default 0.7)")
      ->check(Within(0.0, 1.0))
      ->type_name("P")
      ->group(files);
  app->add_option("--doubtful-max-mb", o->doubtful.megabytes,
                  "size above which the most confident are deleted (default 1000)")
      ->check(Within(0.001, 1e9))
      ->type_name("MB")
      ->group(files);
  app->add_option(
         "--out-max-mb", o->out_megabytes,
         "size at which --json-out or --csv-out becomes FILE.1, and FILE.1 becomes FILE.2, ... (default: never)")
      ->check(Within(0.001, 1e6))
      ->type_name("MB");
  app->add_option("--settle", o->settle_seconds,
                  "a file that nobody was seen to close is finished when unchanged for this time (default 2)")
      ->check(Within(0.01, 3600.0))
      ->type_name("S");
  app->add_option("--rescan", o->rescan_seconds,
                  "interval at which folders are read for files without an inotify event (default 10)")
      ->check(Within(0.1, 86400.0))
      ->type_name("S");
  app->add_flag("--once", o->once, "end when every image of the folders is classified");
  AddExitOptions(app, &o->exits);
  AddAuditOptions(app, &o->audit);
  AddSinkOptions(app, &o->sinks);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Watch(*o); };
}

}  // namespace vitrt::cli
