#include "runtime/line/sinks/part_pattern.h"

#include <regex>

namespace vitrt::sinks {

struct PartPattern::Impl {
  std::regex expression;
};

PartPattern::PartPattern() = default;

Result<PartPattern> PartPattern::Create(const std::string& expression) try {
  PartPattern pattern;
  if (!expression.empty()) pattern.impl_ = std::make_shared<Impl>(Impl{std::regex(expression)});
  return pattern;
} catch (const std::regex_error& error) {
  return InvalidArgument("'" + expression + "' is no regular expression: " + error.what(), "--part-pattern",
                         "for example '_([0-9]+)_' for cam1_004711_a.png");
}

// Names are at most 255 bytes; an expression that still takes too long gives no part.
std::string PartPattern::PartOf(const std::string& name) const try {
  std::smatch match;
  if (!impl_ || !std::regex_search(name, match, impl_->expression)) return {};
  return match[match.size() > 1 ? 1 : 0].str();
} catch (const std::regex_error&) {
  return {};
}

}  // namespace vitrt::sinks
