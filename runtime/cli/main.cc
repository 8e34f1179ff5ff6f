// vitrt: runs plans. Finds the subcommand, parses its options, runs it, turns errors into exit codes.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/closest_name.h"
#include "runtime/base/empty_argument.h"
#include "runtime/base/os/process.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/machine.h"

namespace vitrt::cli {
namespace {

constexpr char kExitCodes[] =
    "Exit codes: 0 ok, 1 internal error, 2 usage, 3 bad or incompatible plan, 4 bad image or tensor.";

// "<what>" on one line, without the parser's line breaks.
Status UsageError(const CLI::ParseError& error, const std::string& hint) {
  std::string what = error.what();
  for (char& c : what) {
    if (c == '\n') c = ' ';
  }
  return InvalidArgument(what, "command line", hint);
}

std::vector<std::string> CommandNames() {
  std::vector<std::string> names = {"help"};
  for (const Command& command : Commands()) names.emplace_back(command.name);
  return names;
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
  return InvalidArgument("unknown command '" + name + "'", "command line",
                         DidYouMean(name, CommandNames()) + "commands: " + names);
}

// The first argument that looks like an option and is none of the command's: the likely typing error.
std::string UnknownOption(const CLI::App& command, std::span<const std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    std::string name = argument.substr(0, argument.find('='));
    if (name.starts_with("--") && command.get_option_no_throw(name) == nullptr) return name;
  }
  return {};
}

// "did you mean '--threshold'? vitrt infer --help shows the options"
std::string OptionHint(CLI::App& app, std::span<const std::string> arguments) {
  const bool has_command = !arguments.empty() && IsCommand(arguments[0]);
  const CLI::App& command = has_command ? *app.get_subcommand(arguments[0]) : app;
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  return DidYouMean(UnknownOption(command, arguments), known) + "vitrt" + (has_command ? " " + arguments[0] : "") +
         " --help shows the options";
}

// "vitrt help COMMAND" is "vitrt COMMAND --help".
std::vector<std::string> Arguments(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments[0] != "help") return arguments;
  if (arguments.size() == 1) return {"--help"};
  return {arguments[1], "--help"};
}

int Main(const std::vector<std::string>& given) {
  CLI::App app("Runs vision transformers with early exits, from plans that vitrt-convert makes.", "vitrt");
  app.allow_windows_style_options(false);  // nowhere: "/folder" is a folder
  app.set_version_flag("-V,--version", "vitrt " VITRT_VERSION);
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
  app.footer(std::string(kExitCodes) + "\n'vitrt help COMMAND' tells more.");
  if (given.empty()) {
    std::fputs(app.help().c_str(), stdout);
    return static_cast<int>(StatusCode::kInvalidArgument);
  }
  if (const Status status = CheckNoneEmpty(given); !status.ok()) return PrintError(status);
  const std::vector<std::string> arguments = Arguments(given);
  if (!arguments[0].starts_with('-') && !IsCommand(arguments[0])) return PrintError(UnknownCommand(arguments[0]));
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the end
  } catch (const CLI::Success& success) {                                       // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return PrintError(UsageError(error, OptionHint(app, arguments)));
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
    return vitrt::cli::Main(vitrt::os::Arguments(argc, argv));
  } catch (const std::bad_alloc&) {
    std::fputs("vitrt: error: out of memory\n", stderr);  // without a string, which may not be had
    return static_cast<int>(vitrt::StatusCode::kInternal);
  } catch (const std::exception& error) {
    return vitrt::cli::PrintError(vitrt::Internal(error.what()));
  }
}
