// vitrt: runs plans. Finds the subcommand, parses its options, runs it, turns errors into exit codes.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>

#include "runtime/cli/command.h"
#include "runtime/cli/common/machine.h"

namespace vitrt::cli {
namespace {

constexpr char kExitCodes[] =
    "Exit codes: 0 ok, 1 internal error, 2 usage, 3 bad or incompatible plan, 4 bad image or tensor.";

// "<what>" on one line, whatever the parser says.
Status UsageError(const CLI::ParseError& error, const std::string& command) {
  std::string what = error.what();
  for (char& c : what) {
    if (c == '\n') c = ' ';
  }
  return InvalidArgument(what, "command line",
                         "vitrt" + (command.empty() ? "" : " " + command) + " --help shows the options");
}

bool IsCommand(const std::string& name) {
  for (const Command& command : Commands()) {
    if (command.name == name) return true;
  }
  return false;
}

Status UnknownCommand(const std::string& name) {
  std::string names;
  for (const Command& command : Commands()) names += std::string(names.empty() ? "" : ", ") + command.name;
  return InvalidArgument("unknown command '" + name + "'", "command line", "commands: " + names);
}

int Main(int argc, char** argv) {
  CLI::App app("Runs vision transformers with early exits, from plans that vitrt-convert makes.", "vitrt");
  app.set_version_flag("--version", "vitrt " VITRT_VERSION);
  app.footer(kExitCodes);
  app.require_subcommand(1);
  std::string chosen;
  Run run;
  for (const Command& command : Commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->callback([&chosen, name = command.name] { chosen = name; });
    const Run this_run = command.add(sub);
    sub->final_callback([&run, this_run] { run = this_run; });
  }
  app.footer(std::string(kExitCodes) + "\n'vitrt COMMAND --help' tells more.");
  if (argc < 2) {
    std::fputs(app.help().c_str(), stdout);
    return static_cast<int>(StatusCode::kInvalidArgument);
  }
  if (argv[1][0] != '-' && !IsCommand(argv[1])) return PrintError(UnknownCommand(argv[1]));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return PrintError(UsageError(error, argv[1][0] == '-' ? "" : argv[1]));
  }
  const Result<int> result = run();
  if (!result.ok()) return PrintError(result.status());
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return PrintError(Internal(std::string("cannot write: ") + std::strerror(errno), "standard output"));
  }
  return *result;
}

}  // namespace
}  // namespace vitrt::cli

int main(int argc, char** argv) {
  vitrt::cli::MarkProcessStart();
  try {
    return vitrt::cli::Main(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("vitrt: error: out of memory\n", stderr);  // without a string, which may not be had
    return static_cast<int>(vitrt::StatusCode::kInternal);
  } catch (const std::exception& error) {
    return vitrt::cli::PrintError(vitrt::Internal(error.what()));
  }
}
