#include "tests/cli/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "doctest/doctest.h"
#include "runtime/cli/infer/npy.h"
#include "tests/plan/test_plan.h"

namespace vitrt::test {
namespace {

std::string Quoted(const std::string& argument) {
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

Finished RunProgram(const char* variable, const std::vector<std::string>& arguments) {
  const char* program = std::getenv(variable);
  REQUIRE_MESSAGE(program != nullptr, variable << " names the program, and ctest sets it");
  const std::string out = TemporaryPath("stdout"), err = TemporaryPath("stderr");
  std::string command = Quoted(program);
  for (const std::string& argument : arguments) command += " " + Quoted(argument);
  const int status = std::system((command + " >" + Quoted(out) + " 2>" + Quoted(err) + " </dev/null").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadText(out), ReadText(err)};
}

}  // namespace

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteText(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

bool Finished::one_error() const {
  std::istringstream lines(err);
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    count += line.starts_with("vitrt: error: ") || line.starts_with("vitrt-convert: error: ");
  }
  return count == 1;
}

Running::Running(const std::vector<std::string>& arguments) {
  static int started = 0;
  const char* program = std::getenv("VITRT_PROGRAM");
  REQUIRE_MESSAGE(program != nullptr, "VITRT_PROGRAM names the program; ctest sets it");
  out_ = TemporaryPath("out" + std::to_string(started));
  err_ = TemporaryPath("err" + std::to_string(started++));
  std::vector<char*> argv = {const_cast<char*>(program)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ != 0) return;
  for (const auto& [path, to] : {std::pair(&out_, STDOUT_FILENO), std::pair(&err_, STDERR_FILENO)}) {
    dup2(open(path->c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), to);
  }
  execv(program, argv.data());
  _exit(127);
}

Running::~Running() {
  if (pid_ < 0) return;
  Signal(SIGKILL);
  Wait();
}

void Running::Signal(int signal) const { kill(pid_, signal); }

Finished Running::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out(), err()};
}

std::string Running::out() const { return ReadText(out_); }
std::string Running::err() const { return ReadText(err_); }

Finished RunVitrt(const std::vector<std::string>& arguments) { return RunProgram("VITRT_PROGRAM", arguments); }
Finished RunConvert(const std::vector<std::string>& arguments) {
  return RunProgram("VITRT_CONVERT_PROGRAM", arguments);
}

Workspace MakeWorkspace() {
  Workspace w{TemporaryPath("program")};
  std::filesystem::remove_all(w.folder);
  std::filesystem::create_directories(w.folder);
  setenv("XDG_STATE_HOME", TemporaryPath("state").c_str(), 1);  // no program under test writes into the user's
  std::filesystem::remove_all(TemporaryPath("state"));
  TestPlan plan = TwoExitPlan(2.0f);
  plan.tables.labels = {"free", "crack", "hole", "stain", "a, \"b\""};
  plan.TakeImages(8, 8, 0.5f, 0.5f);
  plan.Write(w("two.plan"));
  std::string rgb = "P6 12 10 255\n", grey = "P5 8 8 255\n";
  for (int i = 0; i < 360; ++i) rgb += static_cast<char>(i * 37 % 256);
  for (int i = 0; i < 64; ++i) grey += static_cast<char>(i * 91 % 256);
  WriteText(w("a.ppm"), rgb);
  WriteText(w("b.pgm"), grey);
  return w;
}

void WriteInput(const std::string& path, int n) {
  const std::vector<float> values = Noise(static_cast<uint32_t>(n), n * 3 * 8 * 8);
  const std::vector<int64_t> shape = {n, 3, 8, 8};
  const auto file = cli::EncodeNpy("<f4", shape, std::as_bytes(std::span(values)));
  WriteText(path, {reinterpret_cast<const char*>(file.data()), file.size()});
}

}  // namespace vitrt::test
