// The file of --labels: UTF-8 text, one class name a line, in the order of the classes.
#pragma once

#include <string>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::convert {

struct Labels {
  std::vector<std::string> names;     // one per class
  std::vector<std::string> warnings;  // blank lines, names that stand twice
};

// A byte order mark, the ends of lines as Windows writes them, white space around names and blank lines at the end are
// no part of names. A blank line within is an unnamed class where the file has as many lines as there are classes, and
// left out otherwise; both are warned of, and so is a name that stands twice. A mark of UTF-16 is refused. Errors:
// kInvalidArgument (cannot be read; no name; another number of names than `classes`).
Result<Labels> ReadLabels(const std::string& path, int64_t classes);

// The numbers of classes that the file can name: with its blank lines, and without. Errors: as ReadLabels.
Result<std::vector<int64_t>> LabelCounts(const std::string& path);

}  // namespace vitrt::convert
