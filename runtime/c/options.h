// The C structures of options as the C++ API's. A structure of a caller that was compiled with an older header is
// shorter: what it lacks is zero, which means the default.
#pragma once

#include <algorithm>
#include <cstring>

#include "vitrt/c.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"

namespace vitrt::c {

// A whole T from the first struct_size bytes of the caller's; defaults where `given` is null. A longer one is a newer
// caller's: its additions are unknown here and have to be zero.
template <typename T>
Result<T> Whole(const T* given, const char* name) {
  T whole{};
  if (given == nullptr) return whole;
  const size_t size = given->struct_size;
  if (size < sizeof(uint32_t)) return InvalidArgument("struct_size is not set", name);
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  if (size > sizeof(T) && std::any_of(bytes + sizeof(T), bytes + size, [](unsigned char b) { return b != 0; })) {
    return InvalidArgument("options that this version of vitrt does not know", name);
  }
  std::memcpy(&whole, given, std::min(size, sizeof(T)));
  return whole;
}

Result<EngineOptions> ToEngineOptions(const vitrt_engine_options* options);
Result<SessionOptions> ToSessionOptions(const vitrt_session_options* options);
Result<RunOptions> ToRunOptions(const vitrt_run_options* options, const PlanInfo& info);
Result<ImageView> ToImageView(const vitrt_frame* frame);

}  // namespace vitrt::c
