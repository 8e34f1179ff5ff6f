#include "runtime/line/monitor/history.h"

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

Result<History> ReadHistory(const std::string& path) {
  int oldest = 0;
  while (std::filesystem::exists(path + "." + std::to_string(oldest + 1))) ++oldest;
  History history;
  for (int i = oldest; i >= 0; --i) {
    const std::string part = i == 0 ? path : path + "." + std::to_string(i);
    std::ifstream file(part, std::ios::binary);
    if (!file) return BadInput(std::string("cannot read: ") + std::strerror(errno), part);
    ReadLines(&file, &history);
  }
  if (history.answers.empty())
    return BadInput("no answers in the log", path, "vitrt infer --log or watch --log writes one");
  return history;
}

}  // namespace vitrt::monitor
