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

void RegisterMap::Answered(const Outgoing& answer, Clock::time_point now) {
  if (answer.camera_index < 0 || answer.camera_index >= kMaxCameras) return;
  Camera& camera = cameras_[static_cast<size_t>(answer.camera_index)];
  camera.counter = camera.counter == kNone ? 1 : static_cast<uint16_t>(camera.counter + 1);
  camera.answer = answer;
  camera.answer.json.clear();
  camera.time = now;
}

bool RegisterMap::Passes(const Camera& camera, Clock::time_point now) const {
  if (camera.counter == 0 || camera.answer.refused || camera.answer.label < 0) return false;
  if (now - camera.time > stale_after_) return false;
  return good_.empty() || good_.count(camera.answer.label_name) > 0;
}

CameraImage RegisterMap::At(int k, Clock::time_point now) const {
  const Camera& camera = cameras_[static_cast<size_t>(k)];
  const Outgoing& answer = camera.answer;
  const bool decided = camera.counter != 0 && answer.label >= 0;
  const double age = std::chrono::duration<double>(now - camera.time).count();
  CameraImage image;
  image.reject = !Passes(camera, now);
  auto& r = image.registers;
  r[kCounter] = camera.counter;
  r[kClass] = decided ? static_cast<uint16_t>(std::min(answer.label, int{kNone})) : kNone;
  r[kConfidencePerMille] = decided ? static_cast<uint16_t>(std::clamp(answer.confidence, 0.0f, 1.0f) * 1000) : 0;
  r[kExitIndex] = decided ? static_cast<uint16_t>(answer.exit) : kNone;
  r[kAgeSeconds] = camera.counter == 0 ? kNone : static_cast<uint16_t>(std::clamp(age, 0.0, double{kNone}));
  uint32_t state = image.reject ? kReject : 0;
  if (camera.counter != 0) {
    if (now - camera.time > stale_after_) state |= kStale;
    if (answer.refused) state |= kUnreadable;
    if (!answer.refused && answer.label < 0) state |= kUndecided;
    if ((answer.flags & Prediction::kDeadline) != 0) state |= kDeadlineCut;
    if ((answer.flags & Prediction::kNonFinite) != 0) state |= kLogitsNotFinite;
  }
  r[kState] = static_cast<uint16_t>(state);
  const uint32_t number = NumberOf(answer.part);
  r[kPartNumber] = static_cast<uint16_t>(number >> 16);
  r[kPartNumber + 1] = static_cast<uint16_t>(number & 0xffff);
  PutText(answer.part, &r);
  return image;
}

}  // namespace vitrt::sinks
