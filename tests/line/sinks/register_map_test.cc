#include "runtime/line/sinks/register_map.h"

#include "doctest/doctest.h"
#include "vitrt/session.h"

namespace vitrt::sinks {
namespace {

using std::chrono::seconds;
using Clock = RegisterMap::Clock;

const Clock::time_point kStart = Clock::time_point() + std::chrono::hours(1);

Outgoing Decided(const std::string& label, int index) {
  Outgoing record;
  record.label = index;
  record.label_name = label;
  record.confidence = 0.9876f;
  record.exit = 1;
  return record;
}

TEST_CASE("the coil is safe: a part passes only by a fresh decision for a good class") {
  Outgoing refused;
  refused.refused = true;
  Outgoing undecided;
  undecided.flags = Prediction::kNonFinite | Prediction::kNoDecision;
  const struct {
    const char* what;
    std::vector<std::string> good;
    Outgoing record;
    int after;
    bool reject;
    int state;
  } cases[] = {{"a good class", {"free"}, Decided("free", 0), 0, false, 0},
               {"another class", {"free"}, Decided("crack", 1), 0, true, kReject},
               {"any class, where none is named", {}, Decided("crack", 1), 0, false, 0},
               {"at the limit", {"free"}, Decided("free", 0), 10, false, 0},
               {"stale", {"free"}, Decided("free", 0), 11, true, kReject | kStale},
               {"unreadable", {}, refused, 0, true, kReject | kUnreadable},
               {"no decision", {}, undecided, 0, true, kReject | kUndecided | kLogitsNotFinite}};
  for (const auto& c : cases) {
    CAPTURE(c.what);
    RegisterMap map(c.good, seconds(10));
    CHECK(map.At(0, kStart).reject);
    map.Update(c.record, kStart);
    const CameraImage image = map.At(0, kStart + seconds(c.after));
    CHECK(image.reject == c.reject);
    CHECK(image.registers[kState] == c.state);
    CHECK(image.registers[kAgeSeconds] == c.after);
    CHECK(map.At(1, kStart).reject);  // of another camera, which has no record yet
  }
}

TEST_CASE("registers hold the newest record") {
  RegisterMap map({}, seconds(10));
  auto r = map.At(3, kStart).registers;
  CHECK(r[kCounter] == 0);
  CHECK(r[kClass] == 65535);
  CHECK(r[kExitIndex] == 65535);
  CHECK(r[kAgeSeconds] == 65535);
  Outgoing record = Decided("crack", 7);
  record.camera_index = 3;
  record.part = "70001";
  map.Update(record, kStart);
  r = map.At(3, kStart).registers;
  CHECK(r[kCounter] == 1);
  CHECK(r[kClass] == 7);
  CHECK(r[kConfidencePerMille] == 987);
  CHECK(r[kExitIndex] == 1);
  CHECK(r[kPartNumber] == 1);
  CHECK(r[kPartNumber + 1] == 4465);
  CHECK(r[kPartText] == ('7' << 8 | '0'));
  CHECK(r[kPartText + 2] == '1' << 8);
  CHECK(r[kPartText + 3] == 0);
  record.part = "P-17 and more than thirty-two bytes of it";
  map.Update(record, kStart);
  r = map.At(3, kStart).registers;
  CHECK(r[kPartNumber + 1] == 0);
  CHECK(r[kRegisters - 1] == ('b' << 8 | 'y'));
}

TEST_CASE("the counter never stands still and is never 0 again") {
  RegisterMap map({}, seconds(10));
  for (int i = 0; i < 65536; ++i) map.Update(Decided("free", 0), kStart);
  CHECK(map.At(0, kStart).registers[kCounter] == 1);
}

TEST_CASE("a camera that has no registers is none, and nothing else is harmed") {
  RegisterMap map({}, seconds(10));
  Outgoing record = Decided("free", 0);
  for (const int index : {-1, kMaxCameras}) {
    record.camera_index = index;
    map.Update(record, kStart);
  }
  for (int k = 0; k < kMaxCameras; ++k) CHECK(map.At(k, kStart).registers[kCounter] == 0);
}

}  // namespace
}  // namespace vitrt::sinks
