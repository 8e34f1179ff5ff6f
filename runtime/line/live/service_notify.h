// Notifications to the service manager. Source: systemd's sd_notify(3), whose protocol is one datagram.
#pragma once

#include <string>

namespace vitrt::line {

// Sends "READY=1", "STOPPING=1", "WATCHDOG=1" or the like to the socket that NOTIFY_SOCKET names. Nothing happens where
// no manager listens. Thread-safe.
void NotifyService(const std::string& state);

}  // namespace vitrt::line
