// A plan that is served under a name: its engine, a session for each worker, and the newer file that may take its
// place.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/line/prediction/exit_options.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"

namespace vitrt::serve {

// Sessions of one engine, lent to one worker at a time. Thread-safe.
class SessionPool {
 public:
  // Returns its session on destruction.
  class Lease {
   public:
    Lease(SessionPool* pool, Session session) : pool_(pool), session_(std::move(session)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Session& operator*() { return session_; }
    Session* operator->() { return &session_; }

   private:
    SessionPool* pool_;
    Session session_;
  };

  void Add(Session session);
  // There are as many sessions as workers, and a worker takes one at a time, so one is always there.
  Lease Take();

 private:
  std::mutex mutex_;
  std::vector<Session> free_;
};

// One file as it was loaded. A request in progress keeps its generation alive until it has its response.
struct Generation {
  Engine engine;
  RunOptions run;  // the server's defaults, over the plan's
  std::string sha256;
  std::string identity;  // audit::ModelIdentity, where predictions are logged
  int together = 1;      // images that run faster as one batch than one by one; 1: none
  SessionPool sessions;
};

// The version that clients see: it changes with the plan.
inline std::string VersionOf(const Generation& generation) { return generation.sha256.substr(0, 12); }

struct ModelOptions {
  EngineOptions engine;
  line::ExitOptions exits;  // defaults of requests
  int threads = 1;          // of a session
  int sessions = 1;         // one for each worker
  bool kept = false;        // predictions are logged: runs measure the values of a log line
};

// Thread-safe.
class ServedModel {
 public:
  ServedModel(std::string name, std::string path, const ModelOptions& options)
      : name_(std::move(name)), path_(std::move(path)), options_(options) {}

  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }

  // Loads the file if it is another one than last time; true if it is in use now. Takes as long as loading takes.
  // Errors (once for each new file): it cannot be used; the generation before it, if any, stays in use.
  Result<bool> Refresh();

  // nullptr: no file could be loaded yet.
  std::shared_ptr<Generation> current() const;
  // Why the newest file is not in use; ok where it is.
  Status problem() const;
  int images_together() const;

 private:
  Result<std::shared_ptr<Generation>> LoadNow() const;

  const std::string name_, path_;
  const ModelOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<Generation> current_;
  Status problem_ = InvalidArgument("not loaded yet");
  std::optional<std::string> tried_;  // the stamp of the file that was tried last; touched by Refresh only
};

}  // namespace vitrt::serve
