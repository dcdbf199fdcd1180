#include "daemon/core/gb18030.hpp"

#include <iconv.h>

#include <array>
#include <cerrno>

namespace exhaust {

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

}  // namespace

ConvertedText gb18030_to_utf8(std::string_view bytes) {
  ConvertedText text;
  thread_local const Converter converter;  // opening one costs more than a plate
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

}  // namespace exhaust
