#include "daemon/capture/reader.hpp"

#include <array>

#include "daemon/capture/format.hpp"

namespace exhaust::capture {

namespace {

std::uint32_t u32be(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

}  // namespace

Result<Reader> Reader::open(const std::filesystem::path& file) {
  Reader reader;
  std::error_code error;
  reader.size_ = std::filesystem::file_size(file, error);
  reader.in_ = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (error || !*reader.in_) return fail(ErrorKind::kStorage, file.string() + ": cannot be read");
  std::array<char, kMagic.size()> magic{};
  reader.in_->read(magic.data(), magic.size());
  const std::string_view found(magic.data(), magic.size());
  if (!*reader.in_ || found.substr(0, 6) != kMagic.substr(0, 6)) return fail(ErrorKind::kDamaged, file.string() + " is not a capture");
  if (found != kMagic) return fail(ErrorKind::kSettings, file.string() + " is of a version that this program does not know");
  reader.at_ = kMagic.size();
  auto record = reader.read_record();
  if (!record || !record->has_head()) {
    return fail(ErrorKind::kDamaged, file.string() + ": " + reader.torn_.value_or("the first record is not a head"));
  }
  reader.head_ = std::move(*record->mutable_head());
  return reader;
}

std::optional<v1::CaptureRecord> Reader::next() {
  if (ended_ || torn_) return std::nullopt;
  if (at_ == size_) return tear("the capture was cut off: it has no end record");
  auto record = read_record();
  if (!record) return std::nullopt;
  if (record->has_head()) return tear("there is a second head");
  ended_ = record->has_end();
  return record;
}

std::optional<v1::CaptureRecord> Reader::read_record() {
  std::array<char, kRecordHead> head{};
  if (size_ - at_ < head.size()) return tear("a record's head is cut off");
  in_->read(head.data(), head.size());
  const std::size_t length = u32be(head.data());
  // A length that the file does not hold costs no memory.
  if (length > kMostRecord || length > size_ - at_ - head.size()) return tear("a record is cut off");
  std::string message(length, '\0');
  in_->read(message.data(), static_cast<std::streamsize>(length));
  if (!*in_) return tear("the file cannot be read on");
  if (crc32(message) != u32be(head.data() + 4)) return tear("a record's checksum is wrong");
  v1::CaptureRecord record;
  if (!record.ParseFromString(message)) return tear("a record is not one");
  at_ += head.size() + length;
  return record;
}

std::optional<v1::CaptureRecord> Reader::tear(const char* what) {
  torn_ = std::string(what) + " (at byte " + std::to_string(at_) + " of " + std::to_string(size_) + ")";
  return std::nullopt;
}

}  // namespace exhaust::capture
