// Bytes of a plan file -> its tables and weights, checked: header, checksums, FlatBuffers structure, meaning.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "runtime/plan/plan_generated.h"
#include "vitrt/status.h"

namespace vitrt::plan {

// Points into the file's bytes.
struct PlanView {
  const Plan* tables = nullptr;
  std::span<const std::byte> table_bytes;
  std::span<const std::byte> weights;
};

struct ReadOptions {
  bool verify_weights = true;  // hash the weight section; the rest is always hashed
  int threads = 1;             // for hashing
};

// `file` is 64-byte aligned. After success every index, shape and offset of the tables may be trusted.
// Errors: kBadPlan, whatever the bytes are.
Result<PlanView> ReadPlan(std::span<const std::byte> file, const ReadOptions& options = {});

// 16 hexadecimal digits that stand for everything in a file that ReadPlan took: its header's checksum, over the sections'
// checksums.
std::string PlanIdentity(std::span<const std::byte> file);

}  // namespace vitrt::plan
