#include "drivers/simulator/pty.hpp"

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "drivers/line/serial_port.hpp"

namespace exhaust::simulator {

namespace {

/// Puts a symbolic link into place in one step: a daemon that looks finds the old one or the new one.
Result<void> link_to(const std::filesystem::path& link, const std::string& target) {
  auto fresh = link;
  fresh += "." + std::to_string(getpid()) + ".new";
  unlink(fresh.c_str());
  if (symlink(target.c_str(), fresh.c_str()) != 0 || rename(fresh.c_str(), link.c_str()) != 0) {
    return fail(ErrorKind::kStorage, "cannot make the link " + link.string() + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Pty>> Pty::open(asio::io_context& io, std::filesystem::path link, OnBytes on_bytes) {
  int master = -1, slave = -1;
  std::array<char, 256> name{};
  if (openpty(&master, &slave, name.data(), nullptr, nullptr) != 0) {
    return fail(ErrorKind::kStorage, std::string("cannot open a pty: ") + std::strerror(errno));
  }
  termios mode{};
  tcgetattr(slave, &mode);
  cfmakeraw(&mode);
  tcsetattr(slave, TCSANOW, &mode);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  auto pty = std::unique_ptr<Pty>(new Pty(io, master, slave, std::move(link), name.data(), std::move(on_bytes)));
  if (const auto linked = link_to(pty->link_, pty->target_); !linked) return std::unexpected(linked.error());
  return pty;
}

Result<std::unique_ptr<Pty>> Pty::open_port(asio::io_context& io, const Endpoint& port, OnBytes on_bytes) {
  const auto descriptor = open_serial(port);
  if (!descriptor) return std::unexpected(descriptor.error());
  return std::unique_ptr<Pty>(new Pty(io, *descriptor, -1, {}, {}, std::move(on_bytes)));
}

Pty::Pty(asio::io_context& io, int master, int slave, std::filesystem::path link, std::string target,
         OnBytes on_bytes)
    : master_(io, master), slave_(slave), link_(std::move(link)), target_(std::move(target)),
      on_bytes_(std::move(on_bytes)) {
  master_.native_non_blocking(true);
  receive();
}

Pty::~Pty() {
  if (slave_ < 0) return;
  // A link that stays would soon lead to somebody else's terminal.
  std::error_code ignored;
  if (std::filesystem::read_symlink(link_, ignored) == target_) std::filesystem::remove(link_, ignored);
  close(slave_);
}

void Pty::receive() {
  master_.async_read_some(asio::buffer(chunk_), [this](boost::system::error_code error, std::size_t count) {
    // A pty's other end is open here too, so it has no end of file; an error means that this object, or the port, is going.
    if (error) return;
    on_bytes_({chunk_.data(), count});
    receive();
  });
}

void Pty::send(ByteView frame) {
  if (!rest_.empty() && !write_rest()) {
    ++frames_lost_;
    return;
  }
  rest_.assign(frame.begin(), frame.end());
  if (write_rest()) return;
  if (rest_.size() == frame.size()) {
    rest_.clear();
    ++frames_lost_;
    return;
  }
  finish_when_writable();
}

/// True when nothing is left.
bool Pty::write_rest() {
  const auto count = write(master_.native_handle(), rest_.data(), rest_.size());
  if (count > 0) rest_.erase(rest_.begin(), rest_.begin() + count);
  return rest_.empty();
}

void Pty::finish_when_writable() {
  if (std::exchange(waiting_, true)) return;
  master_.async_wait(asio::posix::stream_descriptor::wait_write, [this](boost::system::error_code error) {
    waiting_ = false;
    if (error || rest_.empty()) return;
    if (!write_rest()) finish_when_writable();
  });
}

}  // namespace exhaust::simulator
