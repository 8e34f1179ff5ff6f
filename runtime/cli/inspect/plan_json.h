// What `vitrt inspect` knows of a loaded plan: the JSON that it prints, and lays its text out from.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "vitrt/engine.h"

namespace vitrt::cli {

nlohmann::ordered_json PlanJson(const Engine& engine, const std::string& plan_sha256);

}  // namespace vitrt::cli
