#pragma once

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "drivers/anpr/listener.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::anpr {

using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;
namespace http = boost::beast::http;
using Request = http::request<http::string_body>;

inline const std::string kJpeg = "\xFF\xD8\xFF\xE0 \r\n--B \r\n-- \xFF\xD9";

inline std::string event_xml(const std::string& uuid, const std::string& plate = "京A12345",
                             const std::string& line = "1") {
  return "<EventNotificationAlert><eventType>ANPR</eventType><dateTime>2026-11-23T18:02:11+08:00</"
         "dateTime><UUID>" +
         uuid + "</UUID><ANPR><licensePlate>" + plate + "</licensePlate><line>" + line +
         "</line><plateColor>newEnergyGreen</plateColor><confidenceLevel>93</confidenceLevel><trigger>12</"
         "trigger></ANPR>"
         "</EventNotificationAlert>";
}

inline Request post_of(const std::string& xml, const std::string& target = "/anpr") {
  Request request{http::verb::post, target, 11};
  request.set(http::field::host, "station");
  request.set(http::field::content_type, "multipart/form-data; boundary=MIME");
  request.body() =
      "--MIME\r\nContent-Disposition: form-data; name=\"anpr.xml\"\r\nContent-Type: text/xml\r\n\r\n" + xml +
      "\r\n--MIME\r\nContent-Disposition: form-data; name=\"detectionPicture.jpg\"\r\n"
      "Content-Type: image/jpeg\r\n\r\n" +
      kJpeg + "\r\n--MIME--\r\n";
  request.prepare_payload();
  return request;
}

inline std::string post_text(const std::string& xml, const std::string& more = "") {
  return "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\n" + more +
         "Content-Length: " + std::to_string(xml.size()) + "\r\n\r\n" + xml;
}

using Response = http::response<http::string_body>;

/// Status 0 when the server closed without an answer.
inline asio::awaitable<Response> answer_of(tcp::socket& socket) {
  boost::beast::flat_buffer buffer;
  Response response;
  error_code error;
  co_await http::async_read(socket, buffer, response, asio::redirect_error(asio::use_awaitable, error));
  if (error) response.result(0u);
  co_return response;
}

inline asio::awaitable<unsigned> status_of_answer(tcp::socket& socket) {
  const auto response = co_await answer_of(socket);
  co_return response.result_int();
}

inline asio::awaitable<unsigned> send(tcp::socket& socket, Request request) {
  error_code error;
  co_await http::async_write(socket, request, asio::redirect_error(asio::use_awaitable, error));
  co_return co_await status_of_answer(socket);
}

inline asio::awaitable<unsigned> send_text(tcp::socket& socket, std::string text) {
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  co_return co_await status_of_answer(socket);
}

/// A listener on loopback, and the words to speak with it.
class AnprListenerIntegration : public testing::Test {
 protected:
  AnprListenerIntegration() {
    device.name = "camera";
    device.lane = 7;
    AnprSettings anpr;
    anpr.picture_limit_bytes = 64 << 10;
    device.driver = anpr;
  }
  ~AnprListenerIntegration() override {
    if (listener) run(listener->close());
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }

  void open() {
    listener = std::make_unique<AnprListener>(
        DriverContext{io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); },
                      [this](const Frame& frame) { kinds.push_back(frame.kind); }},
        device, limits);
    const auto opened = run(listener->open(clock.monotonic() + 1s));
    ASSERT_TRUE(opened) << opened.error().detail;
  }
  AnprSettings& settings() { return std::get<AnprSettings>(device.driver); }
  tcp::socket connected() {
    tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), listener->port()});
    return socket;
  }
  unsigned posted(Request request) {
    auto socket = connected();
    return run(send(socket, std::move(request)));
  }
  std::uint64_t count_of(const std::string& counter) const {
    const auto found = listener->counters().find(counter);
    return found == listener->counters().end() ? 0 : found->second;
  }
  const PlateReading& plate(std::size_t i) const { return std::get<PlateReading>(readings.at(i).body); }

  asio::io_context io;
  SystemClock clock;
  DeviceSettings device;
  AnprLimits limits;
  std::unique_ptr<AnprListener> listener;
  std::vector<Reading> readings;
  std::vector<Frame::Kind> kinds;  ///< of the frames that the tap was told
};

}  // namespace exhaust::anpr
