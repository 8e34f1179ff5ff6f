// Windows has no systemd.
#include "runtime/line/live/service_notify.h"

namespace vitrt::line {

void NotifyService(const std::string&) {}

}  // namespace vitrt::line
