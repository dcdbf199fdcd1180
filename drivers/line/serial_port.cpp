#include "drivers/line/serial_port.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace exhaust {

namespace {

std::optional<speed_t> speed(unsigned baud) {
  switch (baud) {
    case 1200: return B1200;
    case 2400: return B2400;
    case 4800: return B4800;
    case 9600: return B9600;
    case 19200: return B19200;
    case 38400: return B38400;
    case 57600: return B57600;
    case 115200: return B115200;
    default: return std::nullopt;
  }
}

/// The kernel's own list of devices: majors 136 to 143 are the far ends of ptys.
bool is_pty(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return false;
  return major(status.st_rdev) >= 136 && major(status.st_rdev) <= 143;
}

Result<void> set_format(int descriptor, const Endpoint& endpoint) {
  const auto baud = speed(endpoint.baud);
  if (!baud) return fail(ErrorKind::kSettings, endpoint.path + ": baud rate " + std::to_string(endpoint.baud));
  termios format{};
  if (::tcgetattr(descriptor, &format) != 0) {
    return fail(ErrorKind::kSettings, endpoint.path + " is not a serial port: " + std::strerror(errno));
  }
  ::cfmakeraw(&format);
  format.c_cflag |= CLOCAL | CREAD;  // no modem lines at the roadside
  format.c_cflag &= ~static_cast<tcflag_t>(CSIZE | CSTOPB | PARENB | PARODD | CRTSCTS);
  format.c_cflag |= endpoint.data_bits == 7 && !is_pty(descriptor) ? CS7 : CS8;
  if (endpoint.stop_bits == 2) format.c_cflag |= CSTOPB;
  // A pty has no parity; asking for it there is refused, or not, depending on what was asked before.
  if (endpoint.parity != 'N' && !is_pty(descriptor)) format.c_cflag |= PARENB;
  if (endpoint.parity == 'O') format.c_cflag |= PARODD;
  format.c_cc[VMIN] = 1;  // with 0 an idle port would read as an unplugged one
  format.c_cc[VTIME] = 0;
  ::cfsetispeed(&format, *baud);
  ::cfsetospeed(&format, *baud);
  if (::tcsetattr(descriptor, TCSANOW, &format) != 0) {
    return fail(ErrorKind::kSettings, endpoint.path + " refuses its settings: " + std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<void> take_serial(int descriptor, const std::string& path) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorKind::kDisconnected, path + " is held by another process");
  }
  // TIOCEXCL lasts until the last close. A pty's other end may keep the tty open when we are killed, and
  // would then lock us out: there the advisory lock, which the kernel frees with the process, has to do.
  if (!is_pty(descriptor)) ::ioctl(descriptor, TIOCEXCL);
  return {};
}

void give_serial(int descriptor) {
  // What a hung adapter never took: closing would wait for it, up to the kernel's closing_wait of 30 s.
  ::tcflush(descriptor, TCOFLUSH);
  if (!is_pty(descriptor)) ::ioctl(descriptor, TIOCNXCL);
  ::flock(descriptor, LOCK_UN);
}

Result<int> open_serial(const Endpoint& endpoint) {
  const int descriptor = ::open(endpoint.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return fail(ErrorKind::kDisconnected, endpoint.path + ": " + std::strerror(errno));
  auto ready = take_serial(descriptor, endpoint.path);
  if (ready) ready = set_format(descriptor, endpoint);
  if (!ready) {
    ::close(descriptor);
    return std::unexpected(ready.error());
  }
  ::tcflush(descriptor, TCIFLUSH);
  return descriptor;
}

}  // namespace exhaust
