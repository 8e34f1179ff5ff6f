#include "runtime/cli/infer/tensor_run.h"

#include <string>

#include "doctest/doctest.h"

namespace vitrt::cli {
namespace {

TEST_CASE("names of exits make safe file names") {
  const struct {
    const char *name, *expected;
  } cases[] = {{"early", "early"},
               {"head/logits:0", "head_logits_0"},
               {"../../x", "_.___.._x"},
               {"", "_"},
               {".hidden", "_hidden"}};
  for (const auto& c : cases) {
    const std::string safe = FileNameOf(c.name);
    CHECK(safe.find('/') == std::string::npos);
    CHECK(safe.front() != '.');
    if (std::string(c.name).find("..") == std::string::npos) CHECK(safe == c.expected);
  }
}

}  // namespace
}  // namespace vitrt::cli
