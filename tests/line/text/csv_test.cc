#include "runtime/line/text/csv.h"

#include "doctest/doctest.h"

namespace vitrt::line {

TEST_CASE("quotes the cells that need it and no others") {
  const struct {
    std::vector<std::string> cells;
    const char* expected;
  } cases[] = {
      {{"a", "b c", ""}, "a,b c,\n"},
      {{"a,b"}, "\"a,b\"\n"},
      {{"say \"no\""}, "\"say \"\"no\"\"\"\n"},
      {{"two\nlines", "x"}, "two\\nlines,x\n"},
      {{" outer", "outer "}, "\" outer\",\"outer \"\n"},
  };
  for (const auto& c : cases) CHECK(CsvRow(c.cells) == c.expected);
}

}  // namespace vitrt::line
