// What a PLC reads: the holding registers and the coil of each camera. The one place that knows the addresses;
// runtime/README.md ("Out to the line") shows the same table.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "runtime/line/sinks/outgoing.h"

namespace vitrt::sinks {

// Camera k has the holding registers from 100 k on, and the coil 100 k. Numbers of two registers have the high word
// first, text two characters a register, the first in the high byte, and zeros behind it.
enum Register : int {
  kCounter,             // 0: no prediction yet; then 1 and up, one more per prediction; 1 follows 65535
  kClass,               // 65535: no decision
  kConfidencePerMille,  // rounded down; 0 without a decision
  kExitIndex,           // 65535: no decision
  kState,               // bits of State
  kAgeSeconds,          // since the prediction; 65535: longer, or none yet
  kPartNumber,          // two registers: the part, where it is a number below 2^32; otherwise 0
  kPartText = 8,        // sixteen registers: its first 32 bytes
  kRegisters = 24
};
enum State : uint16_t {
  kReject = 1,           // as the coil
  kStale = 2,            // the last prediction is older than the limit
  kUnreadable = 4,       // the image could not be read
  kUndecided = 8,        // no decision: logits that are not finite
  kDeadlineCut = 16,     // the deadline cut the run short
  kLogitsNotFinite = 32  // some logits were not finite
};
inline constexpr int kCameraStride = 100, kMaxCameras = 64;

struct CameraImage {
  std::array<uint16_t, kRegisters> registers{};
  bool reject = true;  // the coil
};

// Fails safe: a part is rejected unless the newest prediction is a decision for a class that is good, and is fresh.
// Not thread-safe.
class RegisterMap {
 public:
  using Clock = std::chrono::steady_clock;

  // good: labels of parts that pass; empty: every decision passes, and the PLC judges the class.
  RegisterMap(const std::vector<std::string>& good, Clock::duration stale_after)
      : good_(good.begin(), good.end()), stale_after_(stale_after) {}

  // A camera above kMaxCameras has no registers.
  void Update(const Outgoing& record, Clock::time_point now);
  // Camera k as it is now. k from 0 to kMaxCameras - 1, with or without a record.
  CameraImage At(int k, Clock::time_point now) const;

 private:
  struct Camera {
    uint16_t counter = 0;
    Outgoing newest;
    Clock::time_point time{};
  };
  bool Passes(const Camera& camera, Clock::time_point now) const;

  const std::set<std::string> good_;
  const Clock::duration stale_after_;
  std::array<Camera, kMaxCameras> cameras_;
};

}  // namespace vitrt::sinks
