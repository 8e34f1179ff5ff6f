// A byte order mark became part of the first label, and `eval` dropped that class's folder (labels_bom); blank and
// double lines went unnoticed.
#include <doctest/doctest.h>

#include "converters/cli/labels.h"
#include "runtime/line/images/labelled_folder.h"
#include "tests/onnx/model_builder.h"

namespace vitrt::test {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("label files as editors and scripts write them") {
  const struct {
    const char* title;
    std::string bytes;
    int64_t classes;
    Names names;
    const char* warning;  // part of the only one; "" for none
  } cases[] = {
      {"plain", "a\nb\nc\n", 3, {"a", "b", "c"}, ""},
      {"no end of the last line", "a\nb", 2, {"a", "b"}, ""},
      {"a byte order mark",
       "\xef\xbb\xbf"
       "a\nb\n",
       2,
       {"a", "b"},
       ""},
      {"the ends of lines of Windows", "a\r\nb\r\n", 2, {"a", "b"}, ""},
      {"a byte order mark, Windows, blank lines at the end",
       "\xef\xbb\xbf"
       "a\r\nb\r\n\r\n \r\n",
       2,
       {"a", "b"},
       ""},
      {"white space around names, and in them",
       "  tench, Tinca tinca \n\tgoldfish\n",
       2,
       {"tench, Tinca tinca", "goldfish"},
       ""},
      {"a blank line too many", "a\n\nb\n", 2, {"a", "b"}, "1 blank lines between the labels are left out"},
      {"a class without a name", "a\n\nb\n", 3, {"a", "", "b"}, "1 of the labels are blank lines"},
      {"a name that stands twice",
       "crane\ncat\ncrane\n",
       3,
       {"crane", "cat", "crane"},
       "'crane' is that of classes 0 and 2"},
      {"names that look like nothing", "none\n-\nnull\n", 3, {"none", "-", "null"}, ""},
      {"letters beyond ASCII",
       "Kratzer groß\n\xe6\xac\xa0\xe9\x99\xb7\n",
       2,
       {"Kratzer groß", "\xe6\xac\xa0\xe9\x99\xb7"},
       ""},
  };
  TempFolder folder;
  for (const auto& c : cases) {
    CAPTURE(c.title);
    WriteFile(folder / "labels.txt", c.bytes);
    const auto labels = convert::ReadLabels(folder / "labels.txt", c.classes);
    REQUIRE_MESSAGE(labels.ok(), labels.status().ToString());
    CHECK(labels->names == c.names);
    CHECK(labels->warnings.size() == (*c.warning == 0 ? 0 : 1));
    if (!labels->warnings.empty()) CHECK(labels->warnings[0].find(c.warning) != std::string::npos);
  }
}

TEST_CASE("label files that are refused") {
  const struct {
    const char *title, *bytes, *message;
  } cases[] = {
      {"too few", "a\n", "1 labels for 2 classes"},
      {"too many", "a\nb\nc\n", "3 labels for 2 classes"},
      {"neither with nor without the blank lines", "a\n\n\nb\nc\n", "3 labels and 2 blank lines for 2 classes"},
      {"blank lines only", "\n \r\n\n", "no label"},
      {"UTF-16",
       "\xff\xfe"
       "a",
       "UTF-16"}};
  TempFolder folder;
  for (const auto& c : cases) {
    CAPTURE(c.title);
    WriteFile(folder / "labels.txt", c.bytes);
    const Status status = convert::ReadLabels(folder / "labels.txt", 2).status();
    CHECK(status.code() == StatusCode::kInvalidArgument);
    CHECK_MESSAGE(status.what().find(c.message) != std::string::npos, status.ToString());
  }
  WriteFile(folder / "labels.txt", "");
  CHECK(convert::ReadLabels(folder / "labels.txt", 2).status().code() == StatusCode::kInvalidArgument);
  CHECK(convert::ReadLabels(folder / "missing.txt", 2).status().code() == StatusCode::kInvalidArgument);
  CHECK(convert::ReadLabels(folder / "", 2).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("class folders of plans whose labels have a byte order mark, white space or a double") {
  TempFolder folder;
  for (const char* name : {"a", "b ", "crane"}) {
    std::filesystem::create_directories(folder / name);
    WriteFile(folder / (std::string(name) + "/1.png"), "");
  }
  const auto images = [&](const Names& labels) {
    const auto found = line::ReadLabelledFolder(folder / "", labels, false);
    REQUIRE_MESSAGE(found.ok(), found.status().ToString());
    std::vector<int> classes;
    for (const auto& image : found->images) classes.push_back(image.label);
    return classes;
  };
  CHECK(images({"a", "b", "crane"}) == std::vector<int>{0, 1, 2});
  CHECK(images({"\xef\xbb\xbf"
                "a",
                "b", "crane"}) == std::vector<int>{0, 1, 2});
  CHECK(images({"a", "b", "crane", "crane"}) == std::vector<int>{0, 1, 2});
  CHECK(images({"crane", "a"}) == std::vector<int>{1, 0});
  const auto doubled = line::ReadLabelledFolder(folder / "", {"a", "b", "crane", "crane"}, false);
  REQUIRE(doubled->problems.size() == 1);
  CHECK(doubled->problems[0] == "classes 2 and 3 are both called 'crane': images of that folder count as the first");
}

}  // namespace
}  // namespace vitrt::test
