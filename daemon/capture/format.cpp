#include "daemon/capture/format.hpp"

#include <boost/crc.hpp>

namespace exhaust::capture {

namespace {

void put_u32be(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<char>(value >> shift & 0xff));
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::string encode(const v1::CaptureRecord& record) {
  const auto message = record.SerializeAsString();
  std::string bytes;
  bytes.reserve(kRecordHead + message.size());
  put_u32be(bytes, static_cast<std::uint32_t>(message.size()));
  put_u32be(bytes, crc32(message));
  return bytes += message;
}

}  // namespace exhaust::capture
