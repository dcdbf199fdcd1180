#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <stdexcept>
#include <utility>

namespace exhaust {

/// Runs one coroutine to its end, with all else that goes on in `io`.
template <class T>
T run_awaitable(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  using namespace std::chrono_literals;
  auto result = boost::asio::co_spawn(io, std::move(work), boost::asio::use_future);
  io.restart();
  for (const auto deadline = std::chrono::steady_clock::now() + 10s; result.wait_for(0s) != std::future_status::ready;) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("a coroutine did not end within 10 s");
    io.run_one_for(1s);
  }
  return result.get();
}

}  // namespace exhaust
