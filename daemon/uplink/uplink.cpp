#include "daemon/uplink/uplink.hpp"

#include "daemon/uplink/worker.hpp"

namespace exhaust::uplink {

Uplink::Uplink(boost::asio::io_context& io, ledger::Ledger& ledger, TierSettings settings, Identity identity,
               std::filesystem::path state_folder)
    : worker_(std::make_unique<Worker>(io, ledger, std::move(settings), std::move(identity),
                                       std::move(state_folder))) {}
Uplink::~Uplink() = default;

void Uplink::start() { worker_->start(); }
void Uplink::stop() { worker_->stop(); }
TierState Uplink::state() const { return worker_->state(); }

}  // namespace exhaust::uplink
