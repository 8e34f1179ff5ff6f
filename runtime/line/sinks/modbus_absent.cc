// A build without libmodbus.
#include "runtime/line/sinks/modbus_server.h"

namespace vitrt::sinks {

struct ModbusServer::Impl {
  std::string where;
};

ModbusServer::ModbusServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModbusServer::ModbusServer(ModbusServer&&) noexcept = default;
ModbusServer& ModbusServer::operator=(ModbusServer&&) noexcept = default;
ModbusServer::~ModbusServer() = default;

Result<ModbusServer> ModbusServer::Listen(const ModbusOptions&) {
  return InvalidArgument("this build of vitrt has no Modbus", "--modbus");
}

void ModbusServer::Update(const Outgoing&) {}

const std::string& ModbusServer::where() const { return impl_->where; }

}  // namespace vitrt::sinks
