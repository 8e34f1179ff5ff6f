#include "runtime/line/prediction/good_class.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace vitrt::line {
namespace {

constexpr const char* kGoodNames[] = {"good", "ok", "none", "free", "normal"};

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Result<std::optional<int>> GoodClass(const std::string& named, const PlanInfo& info) {
  std::string all;
  for (size_t i = 0; i < info.labels.size(); ++i) {
    const std::string& label = info.labels[i];
    const bool usual = std::find(std::begin(kGoodNames), std::end(kGoodNames), Lower(label)) != std::end(kGoodNames);
    if (named.empty() ? usual : label == named) return std::optional<int>(static_cast<int>(i));
    all += (all.empty() ? "" : ", ") + label;
  }
  if (named.empty()) return std::optional<int>();
  return InvalidArgument("no class is called '" + named + "'", "--good",
                         all.empty() ? "the plan has no labels" : "classes of this plan: " + all);
}

}  // namespace vitrt::line
