#include "runtime/base/empty_argument.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace vitrt {
namespace {

TEST_CASE("an empty argument is refused, with the option that it would be the value of") {
  const struct {
    std::vector<std::string> arguments;
    const char* what;  // "": none is empty
  } cases[] = {{{}, ""},
               {{"infer", "m.plan", "--exit", "last"}, ""},
               {{"infer", "m.plan", "--exit", " "}, ""},  // no name either, but the option's own affair
               {{"infer", "m.plan", "--exit=last"}, ""},
               {{"infer", "m.plan", "--exit", ""}, "--exit has an empty value"},
               {{"infer", "m.plan", "--exit="}, "--exit has an empty value"},
               {{"infer", "m.plan", "--threshold=early=0.5"}, ""},
               {{"calibrate", "m.plan", "-o", ""}, "-o has an empty value"},
               {{"infer", "", "a.png"}, "an argument is empty"},
               {{""}, "an argument is empty"},
               {{"-", ""}, "an argument is empty"},
               {{"infer", "m.plan", "--", "--x="}, ""},
               {{"infer", "m.plan", "--", ""}, "an argument is empty"}};
  for (const auto& c : cases) {
    const Status status = CheckNoneEmpty(c.arguments);
    CHECK(status.what() == c.what);
    CHECK(status.ok() == (*c.what == 0));
    if (!status.ok()) CHECK(status.code() == StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vitrt
