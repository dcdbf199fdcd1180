#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

#include "daemon/service/house.hpp"
#include "daemon/service/server.hpp"

namespace grpc {
class Service;
}
namespace exhaust::v1 {
class StatusReply;
}

/// The services behind the servers. Each server has objects of its own, all of one house. Internal to this
/// folder.
namespace exhaust::service {

std::shared_ptr<grpc::Service> make_ingest_service(House& house);
std::shared_ptr<grpc::Service> make_records_service(House& house);
/// `status` is called on the thread of `io`, if it comes to that within two seconds.
std::shared_ptr<grpc::Service> make_station_service(House& house, boost::asio::io_context& io,
                                                    std::function<v1::StatusReply()> status);
/// Read only. `accounts` is called on the thread of `io` and answers within five seconds, whatever has been counted by then.
std::shared_ptr<grpc::Service> make_accounts_service(House& house, boost::asio::io_context& io, AccountsCall accounts);

/// For the local socket only. Each call is answered within two seconds; what waits for the disk: ten, a capture's stop
/// thirty.
std::shared_ptr<grpc::Service> make_quality_service(House& house, boost::asio::io_context& io, QualityCalls quality);
std::shared_ptr<grpc::Service> make_captures_service(House& house, boost::asio::io_context& io, CaptureCalls captures);
/// Reviews and Determinations, for the local socket only.
std::vector<std::shared_ptr<grpc::Service>> make_review_services(House& house, boost::asio::io_context& io, ReviewCalls reviews);

}  // namespace exhaust::service
