// A plan that is replaced while in use: its engine, its session, and the check for a newer file.
#pragma once

#include <optional>
#include <string>

#include "runtime/line/prediction/exit_options.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"

namespace vitrt::line {

// For a plan whose file may be replaced while it is in use: not mapped where that would keep it from being replaced.
EngineOptions Replaceable(EngineOptions options);

// Movable. Not thread-safe.
class LivePlan {
 public:
  static Result<LivePlan> Load(const std::string& path, const EngineOptions& options, int threads,
                               const ExitOptions& exits);

  const Engine& engine() const { return loaded_->engine; }
  Session& session() { return loaded_->session; }
  const RunOptions& run() const { return loaded_->run; }
  const std::string& sha256() const { return loaded_->sha256; }  // of the file

  // Looks at the file; true if another plan is in use now. Replace a plan by renaming a whole file over it. Errors
  // (once for each new file): as Load; the old plan stays in use.
  Result<bool> Refresh();

 private:
  struct Loaded {
    Engine engine;
    Session session;
    RunOptions run;
    std::string sha256;
  };
  LivePlan(std::string path, const EngineOptions& options, int threads, const ExitOptions& exits)
      : path_(std::move(path)), options_(options), threads_(threads), exits_(exits) {}
  Result<Loaded> LoadNow() const;

  std::string path_;
  EngineOptions options_;
  int threads_;
  ExitOptions exits_;
  std::string stamp_;  // of the file that was looked at last
  std::optional<Loaded> loaded_;
};

}  // namespace vitrt::line
