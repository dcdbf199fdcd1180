#include <algorithm>

#include "daemon/settings/device_table.hpp"
#include "drivers/quantity.hpp"

namespace exhaust::settings {

namespace {

using namespace std::chrono_literals;

void read_field(TableReader& table, ReadingKind reading, DelimitedField& field) {
  table.require("position", "which field of the line, from 0");
  table.integer("position", field.position, 0, 255);
  table.text("quantity", field.quantity);
  table.text("text", field.text);
  table.number("scale", field.scale, -1e9, 1e9);
  table.number("offset", field.offset, -1e9, 1e9);
  table.texts("not_available", field.not_available);
  if (field.quantity.empty() == field.text.empty()) {
    table.mistake("quantity", "expected either quantity = ... or text = ... (a word that must stand there)");
  }
  const bool number = field.quantity == "vehicle_number" || field.quantity == "measurement_number";
  if (!field.quantity.empty() && !number && !has_quantity(reading, field.quantity)) {
    table.mistake("quantity", "'" + field.quantity + "' is not one of: " + quantity_words(reading) +
                                  ", vehicle_number, measurement_number");
  }
}

void read_delimited(TableReader& table, DelimitedFormat& format) {
  table.require("reading", "plume, smoke, speed or weather");
  table.word("reading", format.reading,
             {{"plume", ReadingKind::kPlume}, {"smoke", ReadingKind::kSmoke},
              {"speed", ReadingKind::kSpeed}, {"weather", ReadingKind::kWeather}});
  table.text("start", format.start);
  table.text("end", format.end);
  table.text("separator", format.separator);
  if (format.end.empty()) table.mistake("end", "expected the characters that end a line");
  if (format.separator.empty()) table.mistake("separator", "expected the characters between two fields");
  table.integer("field_count", format.field_count, 0, 256);
  table.word("checksum", format.checksum,
             {{"none", DelimitedFormat::Checksum::kNone}, {"sum", DelimitedFormat::Checksum::kSum},
              {"xor", DelimitedFormat::Checksum::kXor}, {"crc16", DelimitedFormat::Checksum::kCrc16}});
  table.text("checksum_mark", format.checksum_mark);
  table.flag("checksum_with_start", format.checksum_with_start);
  table.require("field", "at least one field = [{position = 0, quantity = \"...\"}]");
  table.tables("field", [&](TableReader& field) { read_field(field, format.reading, format.fields.emplace_back()); });
  const auto measures = [](const DelimitedField& field) { return !field.quantity.empty(); };
  if (table.has("field") && std::ranges::none_of(format.fields, measures)) {
    table.mistake("field", "no field has a quantity: the line says nothing");
  }
}

void read_bench(TableReader& table, FrameSettings& frame) {
  frame.host_address = 0x00;
  frame.board_address = 0x10;
  table.word("values", frame.bench_values, {{"result", BenchValues::kResult}, {"mean", BenchValues::kMean}});
  table.flag("swap_hc_no", frame.swap_hc_no);
  table.flag("points", frame.bench_points);
  if (frame.bench_points && frame.bench_values == BenchValues::kMean) {
    table.mistake("points", "the board has points of its result only: expected values = \"result\"");
  }
  table.word("smoke_transmittance", frame.transmittance,
             {{"none", Transmittance::kNone}, {"percent", Transmittance::kPercent}, {"fraction", Transmittance::kFraction}});
}

std::string decoder_list() {
  std::string list;
  for (const auto& each : frame_decoders()) list.append(list.empty() ? "" : ", ").append(each.name);
  return list;
}

}  // namespace

FrameSettings read_frame(TableReader& table) {
  FrameSettings frame;
  read_endpoint(table, "endpoint", frame.endpoint);
  table.require("decoder", decoder_list());
  table.text("decoder", frame.decoder);
  if (!frame.decoder.empty() && gives(frame).empty()) {
    table.mistake("decoder", "'" + frame.decoder + "' is not one of: " + decoder_list());
  }
  if (frame.decoder == "stdbus-bench") read_bench(table, frame);
  if (frame.decoder == "stdbus-gate" || frame.decoder == "stdbus-bench") {
    table.integer("host_address", frame.host_address, 0, 255);
    table.integer("board_address", frame.board_address, 0, 255);
  }
  if (frame.decoder == "delimited") {
    read_delimited(table, frame.delimited);
    read_count(table, frame.count);
  }
  if (frame.decoder == "delimited" || frame.decoder == "nmea" || frame.decoder == "wxt") {
    std::string request;
    table.text("request", request);
    if (table.has("request")) frame.request = request;
    Duration limit{};
    table.duration("silence_limit", limit, 1s, 24h);
    if (table.has("silence_limit")) frame.silence_limit = limit;
  }
  return frame;
}

}  // namespace exhaust::settings
