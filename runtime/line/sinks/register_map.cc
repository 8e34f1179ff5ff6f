#include "runtime/line/sinks/register_map.h"

#include <algorithm>
#include <charconv>

#include "vitrt/session.h"

namespace vitrt::sinks {
namespace {

constexpr uint16_t kNone = 65535;

uint32_t NumberOf(const std::string& part) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  return error == std::errc() && end == part.data() + part.size() ? number : 0;
}

void PutText(const std::string& text, std::array<uint16_t, kRegisters>* registers) {
  const size_t room = 2 * static_cast<size_t>(kRegisters - kPartText);
  for (size_t i = 0; i < std::min(text.size(), room); ++i) {
    const auto byte = static_cast<uint16_t>(static_cast<unsigned char>(text[i]));
    (*registers)[kPartText + i / 2] |= static_cast<uint16_t>(i % 2 == 0 ? byte << 8 : byte);
  }
}

}  // namespace

void RegisterMap::Update(const Outgoing& record, Clock::time_point now) {
  if (record.camera_index < 0 || record.camera_index >= kMaxCameras) return;
  Camera& camera = cameras_[static_cast<size_t>(record.camera_index)];
  camera.counter = camera.counter == kNone ? 1 : static_cast<uint16_t>(camera.counter + 1);
  camera.newest = record;
  camera.newest.json.clear();
  camera.time = now;
}

bool RegisterMap::Passes(const Camera& camera, Clock::time_point now) const {
  if (camera.counter == 0 || camera.newest.refused || camera.newest.label < 0) return false;
  if (now - camera.time > stale_after_) return false;
  return good_.empty() || good_.count(camera.newest.label_name) > 0;
}

CameraImage RegisterMap::At(int k, Clock::time_point now) const {
  const Camera& camera = cameras_[static_cast<size_t>(k)];
  const Outgoing& record = camera.newest;
  const bool decided = camera.counter != 0 && record.label >= 0;
  const double age = std::chrono::duration<double>(now - camera.time).count();
  CameraImage image;
  image.reject = !Passes(camera, now);
  auto& r = image.registers;
  r[kCounter] = camera.counter;
  r[kClass] = decided ? static_cast<uint16_t>(std::min(record.label, int{kNone})) : kNone;
  r[kConfidencePerMille] = decided ? static_cast<uint16_t>(std::clamp(record.confidence, 0.0f, 1.0f) * 1000) : 0;
  r[kExitIndex] = decided ? static_cast<uint16_t>(record.exit) : kNone;
  r[kAgeSeconds] = camera.counter == 0 ? kNone : static_cast<uint16_t>(std::clamp(age, 0.0, double{kNone}));
  uint32_t state = image.reject ? kReject : 0;
  if (camera.counter != 0) {
    if (now - camera.time > stale_after_) state |= kStale;
    if (record.refused) state |= kUnreadable;
    if (!record.refused && record.label < 0) state |= kUndecided;
    if ((record.flags & Prediction::kDeadline) != 0) state |= kDeadlineCut;
    if ((record.flags & Prediction::kNonFinite) != 0) state |= kLogitsNotFinite;
  }
  r[kState] = static_cast<uint16_t>(state);
  const uint32_t number = NumberOf(record.part);
  r[kPartNumber] = static_cast<uint16_t>(number >> 16);
  r[kPartNumber + 1] = static_cast<uint16_t>(number & 0xffff);
  PutText(record.part, &r);
  return image;
}

}  // namespace vitrt::sinks
