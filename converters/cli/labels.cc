#include "converters/cli/labels.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "runtime/base/check.h"
#include "runtime/base/small_text.h"

namespace vitrt::convert {
namespace {

constexpr char kUtf8Mark[] = "\xef\xbb\xbf", kUtf16Little[] = "\xff\xfe", kUtf16Big[] = "\xfe\xff";
constexpr char kBlanks[] = " \t\r\v\f";

std::string Trimmed(const std::string& line) {
  const size_t begin = line.find_first_not_of(kBlanks);
  return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1);
}

// The lines without what is no part of them; blank ones at the end are gone.
std::vector<std::string> Lines(std::string text) {
  if (text.starts_with(kUtf8Mark)) text.erase(0, sizeof(kUtf8Mark) - 1);
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(Trimmed(line));
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

void WarnOfRepeats(const std::vector<std::string>& names, std::vector<std::string>* warnings) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    const auto [at, is_new] = first.emplace(names[i], i);
    if (is_new) continue;
    warnings->push_back("label '" + names[i] + "' is that of classes " + std::to_string(at->second) + " and " +
                        std::to_string(i) + ": eval and calibrate take a folder of that name for the first");
  }
}

// At least one of the lines is not blank.
Result<std::vector<std::string>> ReadLines(const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(const std::string text, ReadSmallText(path, "the labels"));
  if (text.starts_with(kUtf16Little) || text.starts_with(kUtf16Big))
    return InvalidArgument("the labels are UTF-16 text", path, "save the file as UTF-8");
  std::vector<std::string> lines = Lines(text);
  if (lines.empty()) return InvalidArgument("the labels file has no label", path);
  return lines;
}

}  // namespace

Result<std::vector<int64_t>> LabelCounts(const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(const std::vector<std::string> lines, ReadLines(path));
  const auto all = static_cast<int64_t>(lines.size());
  const int64_t blank = std::count(lines.begin(), lines.end(), "");
  return blank == 0 ? std::vector<int64_t>{all} : std::vector<int64_t>{all, all - blank};
}

Result<Labels> ReadLabels(const std::string& path, int64_t classes) {
  Labels labels;
  VITRT_ASSIGN_OR_RETURN(labels.names, ReadLines(path));
  const auto blank = std::count(labels.names.begin(), labels.names.end(), "");
  const auto lines = static_cast<int64_t>(labels.names.size());
  if (blank > 0 && lines == classes) {
    labels.warnings.push_back(std::to_string(blank) + " of the labels are blank lines: classes without a name");
  } else if (blank > 0) {
    std::erase(labels.names, "");
    labels.warnings.push_back(std::to_string(blank) + " blank lines between the labels are left out");
  }
  if (static_cast<int64_t>(labels.names.size()) != classes) {
    return InvalidArgument(std::to_string(labels.names.size()) + " labels" +
                               (blank > 0 ? " and " + std::to_string(blank) + " blank lines" : "") + " for " +
                               std::to_string(classes) + " classes",
                           path);
  }
  WarnOfRepeats(labels.names, &labels.warnings);
  return labels;
}

}  // namespace vitrt::convert
