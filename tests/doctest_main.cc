// main() of every test program. Exit status 77, which ctest counts as skipped, means that a case called Skip() and none
// failed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/skip.h"

namespace {
int skips = 0;
}

void vitrt::test::Skip(const std::string& why) {
  ++skips;
  std::printf("skipped: %s\n", why.c_str());
}

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int failures = context.run();
  return failures == 0 && skips > 0 ? 77 : failures;
}
