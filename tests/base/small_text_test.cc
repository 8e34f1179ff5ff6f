#include "runtime/base/small_text.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "tests/plan/test_plan.h"

namespace vitrt {
namespace {

TEST_CASE("a text is read whole, or its first line") {
  const std::string path = test::TemporaryPath("text");
  const std::string far = std::string(20000, 'x');  // more than is read at once
  const struct {
    std::string text, line;
  } cases[] = {{"", ""},
               {"a", "a"},
               {"a\nb\n", "a\n"},
               {"\na", "\n"},
               {std::string("a\0b\r\nc", 6), std::string("a\0b\r\n", 5)},
               {far, far},
               {far + "\nb", far + "\n"}};
  for (const auto& c : cases) {
    std::ofstream(path, std::ios::binary) << c.text;
    const auto whole = ReadSmallText(path, "the text"), line = ReadSmallText(path, "the text", Until::kLine);
    REQUIRE(whole.ok());
    REQUIRE(line.ok());
    CHECK(*whole == c.text);
    CHECK(*line == c.line);
  }
}

TEST_CASE("a text that does not end is an error, and so is what is no file") {
  for (const Until until : {Until::kEnd, Until::kLine}) {
    const Status endless = ReadSmallText("/dev/zero", "the labels", until).status();
    CHECK(endless.code() == StatusCode::kInvalidArgument);
    CHECK(endless.what() == "cannot read the labels: more than 64 MiB");
    CHECK(ReadSmallText("/nonexistent/x", "it", until).status().what() == "cannot read it: No such file or directory");
    CHECK(ReadSmallText("/tmp", "it", until).status().what() == "cannot read it: Is a directory");
  }
  CHECK(*ReadSmallText("/dev/null", "it") == "");
}

TEST_CASE("lines of a file are those of std::getline, of any length below the bound") {
  constexpr size_t kPart = size_t{1} << 14;  // as small_text.cc reads at once
  std::string text = "a\n\nb\r\n" + std::string("c\0d\n", 4);
  for (size_t length = kPart - 3; length < kPart + 4; ++length) text += std::string(length, 'x') + "\n";
  text += std::string(3 * kPart, 'y') + "\n";
  for (const std::string& end : {std::string(), std::string("cut"), std::string(kPart - 1, 'z'), std::string("\n\n")}) {
    std::vector<std::string> expected, got;
    std::istringstream one(text + end), other(text + end);
    for (std::string line; std::getline(one, line);) expected.push_back(line);
    for (std::string line; *NextLine(&other, &line);) got.push_back(line);
    CHECK(got == expected);
  }
  std::ifstream zero("/dev/zero", std::ios::binary);
  std::string line;
  CHECK(NextLine(&zero, &line).status().what() == "a line of more than 64 MiB");
}

}  // namespace
}  // namespace vitrt
