#include "daemon/settings/device_table.hpp"

namespace exhaust::settings {

FrameSettings read_frame(TableReader& table) {
  FrameSettings frame;
  read_endpoint(table, "endpoint", frame.endpoint);
  table.require("decoder", "stdbus-gate");
  table.text("decoder", frame.decoder);
  if (!frame.decoder.empty() && frame.decoder != "stdbus-gate") {
    table.mistake("decoder", "'" + frame.decoder + "' is not one of: stdbus-gate");
  }
  table.integer("host_address", frame.host_address, 0, 255);
  table.integer("board_address", frame.board_address, 0, 255);
  return frame;
}

}  // namespace exhaust::settings
