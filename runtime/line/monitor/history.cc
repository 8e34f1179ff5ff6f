#include "runtime/line/monitor/history.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace vitrt::monitor {
namespace {

void ReadLines(std::istream* file, History* history) {
  for (std::string line; std::getline(*file, line);) {
    Result<audit::Record> record = audit::FromLine(line);
    if (!record.ok()) {
      ++history->bad_lines;
      continue;
    }
    history->plans.insert(record->plan);
    if (!record->error.empty()) {
      ++history->refused;
      continue;
    }
    record->plan.clear();
    record->options.clear();
    record->image_xxh3.clear();
    history->answers.push_back(std::move(record).value());
  }
}

}  // namespace

std::vector<std::string> PartsOf(const std::string& path) {
  std::vector<std::string> parts = {path};
  for (int i = 1; std::filesystem::exists(path + "." + std::to_string(i)); ++i) {
    parts.push_back(path + "." + std::to_string(i));
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

Result<History> ReadHistory(const std::string& path) {
  History history;
  for (const std::string& part : PartsOf(path)) {
    std::ifstream file(part, std::ios::binary);
    if (!file) return BadInput(std::string("cannot read: ") + std::strerror(errno), part);
    ReadLines(&file, &history);
  }
  if (history.answers.empty())
    return BadInput("no answers in the log", path, "vitrt infer --log or watch --log writes one");
  return history;
}

}  // namespace vitrt::monitor
