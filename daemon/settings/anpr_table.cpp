#include <charconv>

#include "daemon/settings/device_table.hpp"

namespace exhaust::settings {

AnprSettings read_anpr(TableReader& table) {
  AnprSettings anpr;
  std::string listen;
  table.require("listen", "HOST:PORT");
  table.text("listen", listen);
  if (const auto colon = listen.rfind(':'); colon != std::string::npos && colon > 0) {
    anpr.listen_host = listen.substr(0, colon);
    const auto port = std::string_view(listen).substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), anpr.listen_port);
    if (error != std::errc{} || end != port.data() + port.size()) table.mistake("listen", "expected HOST:PORT");
  } else if (!listen.empty()) {
    table.mistake("listen", "expected HOST:PORT");
  }
  table.text("path", anpr.path);
  if (!anpr.path.starts_with('/')) table.mistake("path", "expected a path that begins with /");
  table.text("count_element", anpr.count_element);
  read_count(table, anpr.count);
  if (anpr.count == CountSource::kShared && anpr.count_element.empty()) {
    table.mistake("count", "count = \"shared\" needs count_element, the name of the XML element with the number");
  }
  table.table("lane_of_line", [&](TableReader& lanes) {
    for (const auto& [line, lane] : lanes.pairs()) {
      Lane number = 0;
      std::from_chars(lane.data(), lane.data() + lane.size(), number);
      if (number == 0) lanes.mistake(line, "expected the number of a lane");
      anpr.lane_of_line[line] = number;
    }
  });
  table.table("color_words", [&](TableReader& colors) {
    for (const auto& [word, color] : colors.pairs()) anpr.color_words[word] = color;
  });
  return anpr;
}

}  // namespace exhaust::settings
