#include "runtime/line/monitor/history.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/base/small_text.h"

namespace vitrt::monitor {

std::vector<std::string> PartsOf(const std::string& path) {
  std::vector<std::string> parts = {path};
  for (int i = 1; os::Look(path + "." + std::to_string(i)); ++i) {
    parts.push_back(path + "." + std::to_string(i));
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

Result<int64_t> ReadRecords(const std::string& path, const std::function<Status(audit::Record&&)>& take) {
  int64_t bad_lines = 0;
  for (const std::string& part : PartsOf(path)) {
    std::ifstream file(os::PathOf(part), std::ios::binary);
    if (!file) return BadInput(std::string("cannot read: ") + std::strerror(errno), part);
    for (std::string line;;) {
      const Result<bool> more = NextLine(&file, &line);
      if (!more.ok()) return Status(more.status()).Within(part);
      if (!*more) break;
      Result<audit::Record> record = audit::FromLine(line);
      if (!record.ok()) {
        ++bad_lines;
        continue;
      }
      VITRT_RETURN_IF_ERROR(take(std::move(record).value()));
    }
  }
  return bad_lines;
}

Result<History> ReadHistory(const std::string& path) {
  History history;
  std::string plan;
  const auto take = [&](audit::Record&& record) -> Status {
    history.plans.insert(record.plan);
    if (!record.error.empty()) {
      ++history.refused;
      return {};
    }
    if (record.plan != plan) {
      plan = record.plan;
      history.last_plan_from = history.records.size();
    }
    for (std::string* text : {&record.plan, &record.model, &record.options, &record.policy}) text->clear();
    if (record.shadow) record.shadow->exits.clear();
    history.records.push_back(std::move(record));
    return {};
  };
  VITRT_ASSIGN_OR_RETURN(history.bad_lines, ReadRecords(path, take));
  if (history.records.empty())
    return BadInput("no predictions in the log", path, "vitrt infer --log or watch --log writes one");
  return history;
}

}  // namespace vitrt::monitor
