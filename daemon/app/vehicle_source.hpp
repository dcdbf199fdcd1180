#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/mailbox.hpp"
#include "daemon/core/result.hpp"
#include "daemon/registry/vehicle_registry.hpp"
#include "exhaust/v1/station.pb.h"

namespace exhaust::app {

/// The registry in force. When another file has taken its name, that one is opened and checked whole, and is in force from
/// then on; one that is bad is said once, and the old one goes on answering.
///
/// Threading: everything on the io thread; a thread of its own looks at the disk, but for the look-up itself, which reads at
/// most one page of 4 KiB that is not in memory.
class VehicleSource final : public registry::Vehicles {
 public:
  struct Tells {
    /// Every answer, as it is given.
    std::function<void(std::string_view plate, std::string_view color, const std::optional<v1::Vehicle>& found)> answered;
    /// This file is in force from now on, in words.
    std::function<void(const std::string& what)> in_force;
  };

  VehicleSource(boost::asio::io_context& io, std::filesystem::path file, Tells tells);
  ~VehicleSource() override;

  /// Errors: those of VehicleRegistry::open.
  Result<void> open();
  /// Looks whether there is another file, behind the scenes. Nothing while it still looks.
  void look();

  std::optional<v1::Vehicle> find(std::string_view plate, std::string_view color) override;
  v1::RegistryStatus status() const;

 private:
  /// Which file has the name: another one, or other contents, differs in one of these.
  struct Identity {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const Identity&) const = default;
  };
  static std::optional<Identity> identity_of(const std::filesystem::path& file);
  void use(std::unique_ptr<registry::VehicleRegistry> registry);
  void refuse(const std::string& why);

  const std::filesystem::path file_;
  const Tells tells_;
  std::shared_ptr<Mailbox> mailbox_;
  std::unique_ptr<registry::VehicleRegistry> registry_;
  std::optional<Identity> seen_;  ///< looked at last: in force or refused; absent: nothing had the name
  std::string trouble_;           ///< why what is on the disk is not in force
  bool looking_ = false;
  std::uint64_t asked_ = 0, found_ = 0, failed_before_ = 0, replaced_ = 0, refused_ = 0;
  boost::asio::thread_pool disk_{1};  ///< ends first
};

}  // namespace exhaust::app
