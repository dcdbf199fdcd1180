#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "daemon/ledger/sqlite/sqlite_ledger.hpp"
#include "daemon/service/server.hpp"
#include "exhaust/v1/accounts.pb.h"
#include "exhaust/v1/entry.pb.h"
#include "exhaust/v1/station.pb.h"

namespace exhaust::testing_tier {

using namespace std::chrono_literals;

/// True as soon as `condition` holds; false when it does not within ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// A temporary folder, short enough for the path of a socket.
class Folder {
 public:
  Folder() {
    static std::atomic<int> count{0};
    path = std::filesystem::temp_directory_path() /
           ("xh" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

/// One thread that runs an io_context, as the daemon's does.
class IoThread {
 public:
  ~IoThread() {
    guard_.reset();
    io.stop();
    thread_.join();
  }
  /// Runs `work` on the thread and brings back its result.
  template <class Work>
  auto run(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    boost::asio::post(io, [&task] { task(); });
    return result.get();
  }
  boost::asio::io_context io;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io.get_executor()};
  std::thread thread_{[this] { io.run(); }};
};

/// A station or a hub: a real ledger, and a real server when it serves.
class Tier {
 public:
  Tier(std::filesystem::path folder, std::string station_id, bool simulated = false)
      : folder_(std::move(folder)), station_id_(std::move(station_id)), simulated_(simulated) {
    open();
  }
  ~Tier() { close(); }

  void open() {
    ledger::LedgerSettings settings;
    settings.folder = folder_ / "ledger";
    std::filesystem::create_directories(settings.folder);
    auto opened = ledger::open_sqlite_ledger(settings, station_id_, simulated_, "test");
    if (!opened) throw std::runtime_error(opened.error().detail);
    ledger_ = std::move(*opened);
  }
  void close() {
    stop_serving();
    ledger_.reset();
  }
  void lose_everything() {
    close();
    std::filesystem::remove_all(folder_ / "ledger");
    open();
  }

  service::ServiceSettings service_settings() const {
    service::ServiceSettings settings;
    settings.socket = folder_ / "s";
    settings.ingest = true;
    return settings;
  }
  void serve() { serve(service_settings()); }
  void serve(service::ServiceSettings settings) {
    auto started = io_.run([&] {
      return service::Server::start(io_.io, *ledger_, settings, {station_id_, "test"}, {.status = [this] {
        v1::StatusReply reply;
        reply.set_station_id(station_id_);
        return reply;
      }, .captures = captures, .reviews = reviews, .accounts = accounts, .quality = quality});
    });
    if (!started) throw std::runtime_error(started.error().detail);
    server_ = std::move(*started);
  }
  void stop_serving(Duration within = 2s) {
    if (!server_) return;
    std::promise<void> stopped;
    io_.run([&] {
      server_->stop(std::chrono::steady_clock::now() + within, [&] { stopped.set_value(); });
      return 0;
    });
    stopped.get_future().get();
    io_.run([&] { return server_.reset(), 0; });
  }

  std::string endpoint() const { return "unix:" + (folder_ / "s").string(); }
  ledger::Ledger& ledger() { return *ledger_; }
  service::Server& server() { return *server_; }
  IoThread& io() { return io_; }
  const std::string& station_id() const { return station_id_; }
  ledger::ChainKey key() const { return ledger_->own_chain()->key; }

  std::string passage_payload(std::uint64_t number, bool flagged = false) const {
    v1::Passage passage;
    passage.set_record_number(station_id_ + "0120261123100211");
    passage.set_vehicle_number(number);
    passage.mutable_assessment()->set_flagged(flagged);
    return passage.SerializeAsString();
  }
  /// Blocks until the entry is durable.
  Sequence append(std::uint32_t kind, std::string payload) {
    auto done = std::make_shared<std::promise<Sequence>>();
    auto result = done->get_future();
    ledger::Draft draft{.kind = kind, .wall_time_us = ++time_us_, .payload = std::move(payload), .marks = {}};
    const bool taken = ledger_->append(std::move(draft), [done](Result<Sequence> sequence) {
      done->set_value(sequence.value_or(0));
    });
    return taken ? result.get() : 0;
  }
  void append_passages(int count, bool flagged = false) {
    // All but the last one without waiting: they share commits.
    for (int i = 1; i < count; ++i) {
      while (!ledger_->append({.kind = v1::Entry::passage,
                               .wall_time_us = ++time_us_,
                               .payload = passage_payload(++number_, flagged),
                               .marks = {}},
                              [](const Result<Sequence>&) {})) {
        std::this_thread::yield();
      }
    }
    if (count > 0) append(v1::Entry::passage, passage_payload(++number_, flagged));
  }

  /// Of one chain, in order.
  ledger::Entries entries(const ledger::ChainKey& key) {
    ledger::Entries all;
    for (Position from = 1;;) {
      std::promise<ledger::Entries> done;
      ledger_->read(from, 500, 1 << 20, [&](Result<ledger::Entries> read) {
        done.set_value(read ? std::move(*read) : ledger::Entries{});
      });
      const auto some = done.get_future().get();
      if (some.empty()) return all;
      for (const auto& entry : some) {
        if (entry->chain->key == key) all.push_back(entry);
      }
      from = some.back()->position + 1;
    }
  }
  Sequence last_of(const ledger::ChainKey& key) {
    const auto chain = ledger_->chain(key);
    return chain ? chain->last : 0;
  }

  service::CaptureCalls captures;  ///< as the next `serve` offers them
  service::QualityCalls quality;
  service::ReviewCalls reviews;
  service::AccountsCall accounts;

 private:
  std::filesystem::path folder_;
  std::string station_id_;
  bool simulated_;
  std::int64_t time_us_ = 1'763'892'131'000'000;
  std::uint64_t number_ = 0;
  IoThread io_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<service::Server> server_;
};

/// Both hold the same bytes of the station's chain, and the same hashes.
inline void expect_same_chain(Tier& station, Tier& hub) {
  const auto key = station.key();
  const auto ours = station.entries(key), theirs = hub.entries(key);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i]->sequence, theirs[i]->sequence);
    ASSERT_EQ(ours[i]->payload, theirs[i]->payload) << "entry " << ours[i]->sequence;
    ASSERT_EQ(ours[i]->hash, theirs[i]->hash) << "entry " << ours[i]->sequence;
  }
}

}  // namespace exhaust::testing_tier
