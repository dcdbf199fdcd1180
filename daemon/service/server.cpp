#include "daemon/service/server.hpp"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <cstring>
#include <thread>
#include <vector>

#include "daemon/core/log.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/accounts.pb.h"
#include "exhaust/v1/station.pb.h"

namespace exhaust::service {

namespace {

constexpr int kMessageLimit = 4 << 20;
constexpr std::chrono::seconds kGrace{1};
constexpr std::chrono::seconds kStopWithin{3};

/// Reflection or not, server by server: the library's own switch is for the whole process.
class Reflection final : public grpc::ServerBuilderOption {
 public:
  explicit Reflection(bool wanted) : wanted_(wanted) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const auto name = grpc::reflection::ProtoServerReflectionPlugin().name();
    std::erase_if(*plugins, [&](const auto& plugin) { return plugin->name() == name; });
    if (wanted_) plugins->push_back(std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>());
  }

 private:
  bool wanted_;
};

/// A server and the services that outlive it.
struct Door {
  std::vector<std::shared_ptr<grpc::Service>> services;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

Result<Door> open_door(const std::string& address, bool reflection,
                       std::vector<std::shared_ptr<grpc::Service>> services) {
  Door door{.services = std::move(services), .server = nullptr};
  grpc::ServerBuilder builder;
  builder.SetOption(std::make_unique<Reflection>(reflection));
  builder.SetMaxReceiveMessageSize(kMessageLimit);
  builder.SetMaxSendMessageSize(kMessageLimit);
  // Two daemons on one port would share its calls by chance.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A dead feeder or reader is found out by this; the pings of live ones are allowed (field-failures.md 2.2).
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 30'000);
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &door.port);
  for (const auto& service : door.services) builder.RegisterService(service.get());
  door.server = builder.BuildAndStart();
  if (!door.server) return fail(ErrorKind::kRefused, "cannot listen on " + address);
  return door;
}

/// Somebody answers on this socket; a file without anybody is left from a crash and is replaced.
Result<void> check_socket(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto text = path.string();
  if (text.size() >= sizeof address.sun_path) {
    return fail(ErrorKind::kSettings, "the path of the local socket is too long: " + text);
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  if (!std::filesystem::is_socket(path, ignored)) return {};
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  if (answered) return fail(ErrorKind::kRefused, "another daemon serves " + text);
  std::filesystem::remove(path, ignored);
  return {};
}

}  // namespace

class Server::Impl {
 public:
  Impl(boost::asio::io_context& io, ledger::Ledger& ledger, ServiceSettings settings, Identity identity)
      : io_(io), house_(ledger, std::move(settings), std::move(identity)) {}

  ~Impl() {
    if (stopper_.joinable()) stopper_.join();
    end(std::chrono::steady_clock::now() + kStopWithin);
  }

  Result<void> start(Answers answers) {
    const auto& settings = house_.settings;
    if (const auto free = check_socket(settings.socket); !free) return free;
    grpc::EnableDefaultHealthCheckService(true);
    const auto services = [&] {
      std::vector<std::shared_ptr<grpc::Service>> all{make_records_service(house_),
                                                      make_station_service(house_, io_, answers.status)};
      if (settings.ingest) all.push_back(make_ingest_service(house_));
      if (answers.accounts) all.push_back(make_accounts_service(house_, io_, answers.accounts));
      return all;
    };
    if (!settings.listen.empty()) {
      auto door = open_door(settings.listen, false, services());
      if (!door) return std::unexpected(door.error());
      port_ = door->port;
      doors_.push_back(std::move(*door));
    }
    auto local = services();
    if (answers.captures.start) local.push_back(make_captures_service(house_, io_, std::move(answers.captures)));
    if (answers.quality.status) local.push_back(make_quality_service(house_, io_, std::move(answers.quality)));
    if (answers.reviews.give) {
      for (auto& service : make_review_services(house_, io_, std::move(answers.reviews))) local.push_back(std::move(service));
    }
    auto door = open_door("unix:" + settings.socket.string(), true, std::move(local));
    if (!door) return std::unexpected(door.error());
    doors_.push_back(std::move(*door));
    ::chmod(settings.socket.c_str(), 0660);
    watch_ = house_.ledger.watch([this](Position) { house_.calls.wake_all(); });
    return {};
  }

  void set_health(const std::string& name, bool serving) {
    for (const auto& door : doors_) door.server->GetHealthCheckService()->SetServingStatus(name, serving);
  }

  void stop(Deadline deadline, std::function<void()> done) {
    if (stopper_.joinable()) return;
    stopper_ = std::thread([this, deadline, done = std::move(done), work = boost::asio::make_work_guard(io_)] {
      end(deadline);
      boost::asio::post(io_, done);
    });
  }

  int port() const { return port_; }
  std::uint64_t refused_calls() const { return house_.calls.refused(); }

 private:
  /// On any thread but gRPC's.
  void end(Deadline deadline) {
    if (std::exchange(ended_, true)) return;
    for (const auto& door : doors_) door.server->GetHealthCheckService()->Shutdown();
    watch_.reset();
    house_.calls.stop();
    const auto now = std::chrono::steady_clock::now();
    house_.calls.wait_until_none(std::min<Deadline>(deadline, now + kGrace));
    // What is left waits for a reader that does not read; and health watchers wait for ever.
    for (const auto& door : doors_) door.server->Shutdown(std::chrono::system_clock::now());
    if (!house_.calls.wait_until_none(std::max<Deadline>(deadline, std::chrono::steady_clock::now() + kGrace))) {
      log::warning("the ledger still owes answers to calls that have ended");
    }
    house_.calls.join();
    doors_.clear();
  }

  boost::asio::io_context& io_;
  House house_;
  std::vector<Door> doors_;
  int port_ = 0;
  bool ended_ = false;
  std::shared_ptr<void> watch_;
  std::thread stopper_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(boost::asio::io_context& io, ledger::Ledger& ledger,
                                              ServiceSettings settings, Identity identity, Answers answers) {
  auto impl = std::make_unique<Impl>(io, ledger, std::move(settings), std::move(identity));
  if (const auto started = impl->start(std::move(answers)); !started) return std::unexpected(started.error());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const { return impl_->port(); }
std::uint64_t Server::refused_calls() const { return impl_->refused_calls(); }
void Server::set_health(const std::string& name, bool serving) { impl_->set_health(name, serving); }
void Server::stop(Deadline deadline, std::function<void()> done) { impl_->stop(deadline, std::move(done)); }

}  // namespace exhaust::service
