#include "runtime/line/text/json_line.h"

#include <charconv>
#include <cmath>

#include "runtime/line/text/escape.h"

namespace vitrt::line {

std::string JsonLine(const nlohmann::ordered_json& json) {
  return EscapeJson(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) + '\n';
}

double ShortDecimal(float value) {
  if (!std::isfinite(value)) return value;
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  double shortest = 0;
  std::from_chars(text, end, shortest);
  return shortest;
}

}  // namespace vitrt::line
