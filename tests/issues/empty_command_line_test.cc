// A program that is started without even its own name (execve with an empty list, which Linux before 5.18 passes on) read
// behind the end of its arguments.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "runtime/base/os/process.h"

namespace vitrt::test {
namespace {

TEST_CASE("a command line without a name has no arguments") {
  char* nothing[] = {nullptr};
  CHECK(os::Arguments(0, nothing).empty());
  char name[] = "vitrt", command[] = "infer";
  char* line[] = {name, command, nullptr};
  CHECK(os::Arguments(1, line).empty());
  CHECK(os::Arguments(2, line) == std::vector<std::string>{"infer"});
}

TEST_CASE("vitrt without a name is vitrt without arguments: a usage error") {
  const char* program = std::getenv("VITRT_PROGRAM");
  REQUIRE_MESSAGE(program != nullptr, "VITRT_PROGRAM names the program; ctest sets it");
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    char* nothing[] = {nullptr};
    execve(program, nothing, environ);
    _exit(127);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 2);
}

}  // namespace
}  // namespace vitrt::test
