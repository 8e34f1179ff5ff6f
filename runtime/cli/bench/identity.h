// What was measured: plan, CPU, instruction set, threads and version. Every result of `vitrt bench` carries it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "vitrt/engine.h"

namespace vitrt::cli {

struct BenchIdentity {
  std::string cpu, isa, precision, model, plan_sha256;
  std::vector<std::string> cpu_features;  // beyond the tier
  int threads = 1;                        // of each session
};

// Reads the plan's file once more. Errors: kBadInput.
Result<BenchIdentity> IdentityOf(const Engine& engine, int threads);

nlohmann::ordered_json ToJson(const BenchIdentity& identity);
std::string MachineText(const BenchIdentity& identity);  // "AMD EPYC, avx512 (f16c), 2 threads, fp32, vitrt 0.1.0"

}  // namespace vitrt::cli
