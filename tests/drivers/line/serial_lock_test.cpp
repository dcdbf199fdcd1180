// Who may open a port that is in use: on ptys, as the same user and as another one (for which the test must be root).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "drivers/line/serial_port.hpp"

namespace exhaust {
namespace {

constexpr uid_t kNobody = 65534;

class SerialLockIntegration : public testing::Test {
 protected:
  SerialLockIntegration() {
    char name[128];
    EXPECT_EQ(::openpty(&far_, &held_, name, nullptr, nullptr), 0);
    path_ = name;
    ::chmod(name, 0666);
  }
  ~SerialLockIntegration() override {
    ::close(far_);
    ::close(held_);
  }

  Result<int> open() const { return open_serial(*parse_endpoint("serial:" + path_)); }

  /// What `work` returns in a process of its own, as that user.
  template <class Work>
  static int in_a_child(uid_t user, Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (user != ::getuid() && (::setgid(user) != 0 || ::setuid(user) != 0)) ::_exit(99);
      ::_exit(work());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// 0 when the port could be opened by our rules, 1 when it was refused as held.
  int try_open() const {
    const auto opened = open();
    if (opened) return 0;
    return opened.error().detail.find("is held by another process") != std::string::npos ? 1 : 2;
  }

  int far_ = -1, held_ = -1;
  std::string path_;
};

TEST_F(SerialLockIntegration, ASecondOpenerIsToldWhoeverItIs) {
  const auto ours = open();
  ASSERT_TRUE(ours) << ours.error().detail;
  EXPECT_EQ(try_open(), 1) << "also within one process";
  EXPECT_EQ(in_a_child(::getuid(), [this] { return try_open(); }), 1);
  if (::getuid() == 0) {
    EXPECT_EQ(in_a_child(kNobody, [this] { return try_open(); }), 1);
  }
  give_serial(*ours);
  ::close(*ours);
  EXPECT_EQ(in_a_child(::getuid(), [this] { return try_open(); }), 0);
}

TEST_F(SerialLockIntegration, TheLockGoesWithAProcessThatIsKilled) {
  const int end = in_a_child(::getuid(), [this] {
    if (!open()) return 3;
    ::raise(SIGKILL);
    return 4;
  });
  EXPECT_EQ(end, -1) << "it was killed while it held the port";
  EXPECT_EQ(try_open(), 0);
}

TEST_F(SerialLockIntegration, ExclusiveModeOfAPtyWouldOutliveItsOwnerAndIsNotUsed) {
  if (::getuid() != 0) GTEST_SKIP() << "another user is needed: root is never kept out by it";
  const auto as_nobody = [this] {
    return in_a_child(kNobody, [this] { return ::open(path_.c_str(), O_RDWR | O_NOCTTY) >= 0 ? 0 : errno; });
  };
  {
    const auto ours = open();
    ASSERT_TRUE(ours);
    EXPECT_EQ(as_nobody(), 0) << "only those who ask for the lock are kept out of a pty";
    ::close(*ours);
  }
  // The reason: whoever made the pty often holds this end open too, and so it stays exclusive after a crash.
  in_a_child(0, [this] { return ::ioctl(::open(path_.c_str(), O_RDWR | O_NOCTTY), TIOCEXCL); });
  EXPECT_EQ(as_nobody(), EBUSY);
}

}  // namespace
}  // namespace exhaust
