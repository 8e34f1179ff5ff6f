#include "runtime/line/text/text_table.h"

#include "doctest/doctest.h"

namespace vitrt::line {

TEST_CASE("aligns columns by what a terminal shows") {
  TextTable table("lr");
  table.Add({"exit", "ms"});
  table.Add({"früh", "1.25"});
  table.Add({"the last", "10"});
  CHECK(table.Text() == "exit        ms\nfrüh      1.25\nthe last    10\n");
  CHECK(table.Text(1).substr(0, 6) == " exit ");
}

TEST_CASE("numbers for people") {
  const struct {
    double value;
    const char* scaled;
    const char* bytes;
  } cases[] = {{0, "0 ", "0 B"},
               {999, "999 ", "999 B"},
               {999.6, "1.00 k", "1.00 kB"},
               {4096, "4.10 k", "4.10 kB"},
               {22.94e6, "22.9 M", "22.9 MB"},
               {1.258e9, "1.26 G", "1.26 GB"},
               {99.96e6, "100 M", "100 MB"}};
  for (const auto& c : cases) {
    CHECK(Scaled(c.value) == c.scaled);
    CHECK(Megabytes(c.value) == c.bytes);
  }
}

}  // namespace vitrt::line
