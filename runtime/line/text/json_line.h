// JSON as it is printed and logged.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vitrt::line {

// One line, keys in the order they were written; bytes that are not UTF-8 become U+FFFD, control characters escapes
// (escape.h).
std::string JsonLine(const nlohmann::ordered_json& json);

// Shortest decimal that reads back as the same fp32, so that JSON shows 0.9, not 0.8999999761581421.
double ShortDecimal(float value);

}  // namespace vitrt::line
