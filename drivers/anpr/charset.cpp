#include "drivers/anpr/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

#include "daemon/core/utf8.hpp"

namespace exhaust::anpr {

namespace {

/// The C library's converter; its tables come with it (libc6).
class Converter {
 public:
  Converter() : handle_(iconv_open("UTF-8", "GB18030")) {}
  ~Converter() {
    if (works()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool works() const { return handle_ != reinterpret_cast<iconv_t>(-1); }
  iconv_t handle() const { return handle_; }

 private:
  iconv_t handle_;
};

bool is_gb_name(std::string_view name) {
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> kNames{"gb2312",     "gbk",   "gb18030",
                                                   "gb_2312-80", "cp936", "x-gbk"};
  return std::ranges::find(kNames, lowered) != kNames.end();
}

bool is_utf8_name(std::string_view name) {
  return name.size() >= 4 && (name[0] | 0x20) == 'u' && (name[1] | 0x20) == 't' && (name[2] | 0x20) == 'f' &&
         name.ends_with('8');
}

}  // namespace

std::optional<ConvertedText> convert_if_gbk(std::string_view bytes, AnprSettings::TextCoding coding,
                                            std::string_view declared) {
  using enum AnprSettings::TextCoding;
  if (coding == kUtf8) return std::nullopt;
  const bool says_something_else = !declared.empty() && !is_utf8_name(declared);
  const bool is_gbk = coding == kGbk || is_gb_name(declared) || (!says_something_else && !is_utf8(bytes));
  if (!is_gbk) return std::nullopt;
  return gb18030_to_utf8(bytes);
}

ConvertedText gb18030_to_utf8(std::string_view bytes) {
  ConvertedText text;
  const Converter converter;
  std::array<char, 4096> chunk;
  auto* in = const_cast<char*>(bytes.data());
  for (std::size_t left = bytes.size(); left > 0;) {
    auto* out = chunk.data();
    std::size_t room = chunk.size();
    if (converter.works()) {
      errno = 0;
      const auto done = iconv(converter.handle(), &in, &left, &out, &room);
      text.utf8.append(chunk.data(), chunk.size() - room);
      if (done != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
    } else if (static_cast<unsigned char>(*in) < 0x80) {
      text.utf8.push_back(*in++);
      --left;
      continue;
    }
    // Not a character, or cut: one byte is given up, what follows may be text again.
    text.utf8 += "\xEF\xBF\xBD";
    if (++text.replaced > kMostReplaced) return text;
    ++in;
    --left;
  }
  return text;
}

}  // namespace exhaust::anpr
