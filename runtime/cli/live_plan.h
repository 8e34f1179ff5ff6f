// A plan in use for months: its engine, its session, and the newer file that may take its place.
#pragma once

#include <optional>
#include <string>

#include "runtime/cli/command.h"
#include "runtime/cli/exit_options.h"

namespace vitrt::cli {

// Movable. Not thread-safe.
class LivePlan {
 public:
  static Result<LivePlan> Load(const std::string& path, const CommonOptions& common, const ExitOptions& exits);

  const Engine& engine() const { return loaded_->engine; }
  Session& session() { return loaded_->session; }
  const RunOptions& run() const { return loaded_->run; }

  // Looks at the file; true if another plan is in use now. One that cannot be used is said once on stderr, and the old
  // one goes on: replace a plan by renaming a whole file over it.
  bool Refresh();

 private:
  struct Loaded {
    Engine engine;
    Session session;
    RunOptions run;
  };
  LivePlan(std::string path, const CommonOptions& common, const ExitOptions& exits)
      : path_(std::move(path)), common_(common), exits_(exits) {}
  Result<Loaded> LoadNow() const;
  std::string Stamp() const;  // inode, size, time

  std::string path_;
  CommonOptions common_;
  ExitOptions exits_;
  std::string stamp_;
  std::optional<Loaded> loaded_;
};

}  // namespace vitrt::cli
