#pragma once

#include <modbus.h>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/modbus/adu.hpp"
#include "drivers/modbus/bus.hpp"

namespace exhaust::modbus {

/// The one place that knows libmodbus (3.1.6): it frames requests and answers on a descriptor that is ours.
/// Its own connecting is not used: it selects on the descriptor before anybody can check that it fits, knows
/// no keepalive and locks nothing. Blocks.
///
/// Threading: the bus thread.
class Link {
 public:
  Link(Endpoint endpoint, ModbusLine line)
      : endpoint_(std::move(endpoint)), line_(line), framing_(framing_of(endpoint_)) {}
  ~Link() { close(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  Result<void> connect(Deadline deadline);
  Result<Exchange> read(const ReadRequest& request, Deadline deadline, std::vector<BusFrame>& told);
  void close();

 private:
  bool serial() const { return endpoint_.kind == Endpoint::Kind::kSerial; }
  Result<void> adopt(int descriptor);
  void keep_silence() const;
  bool send(ByteView request);
  std::unexpected<Error> failed(int reason, const ReadRequest& request);

  Endpoint endpoint_;
  ModbusLine line_;
  Framing framing_;
  std::uint16_t transaction_ = 0;
  modbus_t* context_ = nullptr;
  int descriptor_ = -1;
  MonotonicTime last_used_{};
};

}  // namespace exhaust::modbus
