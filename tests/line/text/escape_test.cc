#include "runtime/line/text/escape.h"

#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "runtime/line/text/csv.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::line {
namespace {

TEST_CASE("control characters and foreign bytes are shown, everything else stays") {
  const struct {
    std::string text;
    const char* shown;
  } cases[] = {{"a b.png", "a b.png"},
               {"früh \xf0\x9f\x98\x80 \xe6\xa4\x9c", "früh \xf0\x9f\x98\x80 \xe6\xa4\x9c"},
               {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
               {"\x1b[2J\x07\x7f", "\\x1b[2J\\x07\\x7f"},
               {std::string("a\0b", 3), "a\\x00b"},
               {"\xc2\x9b"
                "31m",
                "\\u009b31m"},
               {"gnp.\xe2\x80\xaetxt", "gnp.\\u202etxt"},
               {"\xe2\x80\xa8\xe2\x81\xa6", "\\u2028\\u2066"},
               {"\xff\xc3(\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\xe2\x82",
                "\\xff\\xc3(\\xed\\xa0\\x80\\xc0\\xaf\\xf4\\x90\\x80\\x80\\xe2\\x82"}};
  for (const auto& c : cases) CHECK(Visible(c.text) == c.shown);
  CHECK(VisibleLines("a\nb\x1b\n") == "a\nb\\x1b\n");
}

TEST_CASE("JSON lines hold no control character and read back the same") {
  for (const char* name : {"a\nb\x1b\x7f", "\xc2\x85\xc2\x9b", "\xe2\x80\xa8\xe2\x80\xae", "früh \"x\" \\"}) {
    const std::string line = JsonLine({{"image", name}});
    CHECK(Visible(line.substr(0, line.size() - 1)) == line.substr(0, line.size() - 1));
    CHECK(nlohmann::json::parse(line)["image"] == name);
  }
}

TEST_CASE("cells are no formulas, numbers stay numbers, rows stay rows") {
  const struct {
    const char *cell, *written;
  } cases[] = {{"=1+1", "'=1+1"},
               {"+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"},
               {"-", "'-"},
               {"-a", "'-a"},
               {"@SUM(A1)", "'@SUM(A1)"},
               {"-1", "-1"},
               {"-0.25", "-0.25"},
               {"+3.5e-07", "+3.5e-07"},
               {"-.5", "-.5"},
               {"-1e", "'-1e"},
               {"-1-1", "'-1-1"},
               {"--1", "'--1"},
               {"1=1", "1=1"},
               {"", ""},
               {"a\x1b[0m", "a\\x1b[0m"},
               {"two\nlines", "two\\nlines"},
               {"\t=1", "\\t=1"},
               {"=\"x\"", "\"'=\"\"x\"\"\""}};
  for (const auto& c : cases) CHECK(CsvRow({c.cell}) == std::string(c.written) + "\n");
}

TEST_CASE("tables show names as they are, in one line each") {
  TextTable table("ll");
  table.Add({"a\x1b[2J\nb", "x"});
  CHECK(table.Text() == "a\\x1b[2J\\nb  x\n");
}

}  // namespace
}  // namespace vitrt::line
