#include "daemon/app/vehicle_source.hpp"

#include <sys/stat.h>

#include <boost/asio/post.hpp>

#include "daemon/core/log.hpp"

namespace exhaust::app {

using registry::VehicleRegistry;

VehicleSource::VehicleSource(boost::asio::io_context& io, std::filesystem::path file, Tells tells)
    : file_(std::move(file)), tells_(std::move(tells)), mailbox_(std::make_shared<Mailbox>(io.get_executor())) {}

VehicleSource::~VehicleSource() {
  mailbox_->close();
  disk_.join();
}

Result<void> VehicleSource::open() {
  seen_ = identity_of(file_);
  auto opened = VehicleRegistry::open(file_, VehicleRegistry::Check::kHead);
  if (!opened) return std::unexpected(opened.error());
  use(std::move(*opened));
  return {};
}

void VehicleSource::look() {
  if (looking_) return;
  looking_ = true;
  boost::asio::post(disk_, [this, file = file_, seen = seen_, box = mailbox_] {
    const auto now = identity_of(file);
    if (now == seen) return box->post([this] { looking_ = false; });
    auto opened = now ? VehicleRegistry::open(file, VehicleRegistry::Check::kWhole)
                      : fail(ErrorKind::kStorage, "the registry " + file.string() + " is gone");
    box->post([this, now, opened = std::move(opened)]() mutable {
      looking_ = false;
      seen_ = now;
      if (!opened) return refuse(opened.error().detail);
      ++replaced_;
      use(std::move(*opened));
    });
  });
}

void VehicleSource::use(std::unique_ptr<VehicleRegistry> registry) {
  if (registry_) failed_before_ += registry_->failed();
  registry_ = std::move(registry);
  trouble_.clear();
  const auto& info = registry_->info();
  log::info("registry in force", {{"FILE", info.file.string()}, {"VEHICLES", std::to_string(info.vehicles)}, {"MADE", info.made_at}});
  tells_.in_force(info.file.string() + ": " + std::to_string(info.vehicles) + " vehicles, made " + info.made_at + ", contents " + info.contents);
}

void VehicleSource::refuse(const std::string& why) {
  ++refused_;
  trouble_ = why;
  log::warning("the registry on the disk is not taken over: the old one stays in force", {{"ERROR", why}});
}

std::optional<v1::Vehicle> VehicleSource::find(std::string_view plate, std::string_view color) {
  ++asked_;
  auto found = registry_->find(plate, color);
  found_ += found ? 1 : 0;
  tells_.answered(plate, color, found);
  return found;
}

v1::RegistryStatus VehicleSource::status() const {
  v1::RegistryStatus status;
  const auto& info = registry_->info();
  status.set_file(info.file.string());
  status.set_vehicles(info.vehicles);
  status.set_made_at(info.made_at);
  status.set_contents(info.contents);
  status.set_asked(asked_);
  status.set_found(found_);
  status.set_failed(failed_before_ + registry_->failed());
  status.set_replaced(replaced_);
  status.set_refused(refused_);
  status.set_detail(trouble_);
  return status;
}

std::optional<VehicleSource::Identity> VehicleSource::identity_of(const std::filesystem::path& file) {
  struct stat state {};
  if (::stat(file.c_str(), &state) != 0) return std::nullopt;
  return Identity{state.st_dev, state.st_ino, static_cast<std::uint64_t>(state.st_size),
                  std::int64_t{state.st_mtim.tv_sec} * 1'000'000'000 + state.st_mtim.tv_nsec};
}

}  // namespace exhaust::app
