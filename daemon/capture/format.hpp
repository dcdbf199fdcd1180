#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/bytes.hpp"
#include "exhaust/v1/capture.pb.h"

/// The bytes of a capture file: docs/capture-format.md. A magic, then records, each a length and a CRC-32 in front of a
/// serialized `v1::CaptureRecord`.
namespace exhaust::capture {

/// Eight bytes: the name, and the version of the file around the messages.
inline constexpr std::string_view kMagic{"EXHCAP\0\1", 8};
inline constexpr std::string_view kExtension = ".exhcap";
/// u32be length of the message, u32be CRC-32 (ISO 3309) of it.
inline constexpr std::size_t kRecordHead = 8;
/// A longer record is damage. The head holds settings, and pictures that wait; a frame is a camera's post at most.
inline constexpr std::size_t kMostRecord = 64u << 20;

std::uint32_t crc32(std::string_view bytes);
/// Length, checksum and message.
std::string encode(const v1::CaptureRecord& record);

}  // namespace exhaust::capture
