// What `vitrt inspect` shows of a loaded plan. Being loaded, it has passed every check of plan/reader.h.
#pragma once

#include <string>

#include "vitrt/engine.h"

namespace vitrt::cli {

std::string InspectJson(const Engine& engine, const std::string& plan_sha256);
// steps: each of them, and why implementations were refused; otherwise counted by implementation, to fit a screen.
std::string InspectText(const Engine& engine, const std::string& plan_sha256, bool steps);

}  // namespace vitrt::cli
