// A subcommand of vitrt, and what all of them share. To add one: a file with its Add function, a row in command.cc.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "runtime/cli/common/options.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"
#include "vitrt/status.h"

namespace CLI {
class App;
}

namespace vitrt::cli {

// What runs once the options are parsed: the exit code, or an error that main prints.
using Run = std::function<Result<int>()>;

struct Command {
  const char* name;
  const char* summary;
  Run (*add)(CLI::App* app);  // declares the options
};

std::span<const Command> Commands();

Run AddInfer(CLI::App* app);
Run AddWatch(CLI::App* app);
Run AddServe(CLI::App* app);
Run AddScan(CLI::App* app);
Run AddBench(CLI::App* app);
Run AddEval(CLI::App* app);
Run AddCalibrate(CLI::App* app);
Run AddCompare(CLI::App* app);
Run AddMonitor(CLI::App* app);
Run AddTune(CLI::App* app);
Run AddInspect(CLI::App* app);
Run AddVersion(CLI::App* app);

EngineOptions EngineOptionsOf(const CommonOptions& options);
Result<Engine> LoadEngine(const std::string& path, const CommonOptions& options);
Result<Session> MakeSession(const Engine& engine, const CommonOptions& options, int batch);
int ThreadsUsed(const CommonOptions& options);  // before a plan is loaded
int ThreadsUsed(const CommonOptions& options, const Engine& engine);
audit::AuditContext AuditContextOf(const CommonOptions& options, std::optional<double> deadline_ms);

// ToRunOptions(), and its warnings on stderr.
Result<RunOptions> RunOptionsOf(const ExitOptions& options, std::span<const ExitInfo> exits);

// "vitrt: error: <what> (<where>)", then the hint on a line of its own. Returns the exit code.
int PrintError(const Status& status);
// Why a tune file is not used, and where a plan's promise was certified with another tier, other CPU features or another
// tune file than are used.
void PrintNotesOf(const Engine& engine);
void PrintWarning(const std::string& warning);  // "vitrt: warning: ..." on stderr
// What to tell once of images with Prediction::kLowRange.
inline constexpr char kLowRangeNote[] =
    "no value of a 16-bit image reaches 4096: if they hold 12 bits or fewer, convert the model with --sample-bits";
void PrintNote(const std::string& note);  // "vitrt: note: ..." on stderr

}  // namespace vitrt::cli
