// --modbus host:port: vitrt as the Modbus server that a PLC polls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/line/sinks/outgoing.h"
#include "vitrt/status.h"

namespace vitrt::sinks {

struct ModbusOptions {
  std::string address{};            // "host:port"; "": none. Port 0: a free one
  std::vector<std::string> good{};  // labels that pass; empty: every decision does
  double stale_seconds = 10;
};

// Serves reads of coils and holding registers (functions 1 and 3) on a thread of its own; whatever would write is
// refused, so that nobody on the network can pass a part. The registers of one request are of one moment.
class ModbusServer {
 public:
  // Errors: kInvalidArgument (an address that is not ours, a port in use, a build without libmodbus).
  static Result<ModbusServer> Listen(const ModbusOptions& options);
  ModbusServer(ModbusServer&&) noexcept;
  ModbusServer& operator=(ModbusServer&&) noexcept;
  ~ModbusServer();

  void Update(const Outgoing& record);  // thread-safe
  const std::string& where() const;     // "127.0.0.1:502"

 private:
  struct Impl;
  explicit ModbusServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrt::sinks
