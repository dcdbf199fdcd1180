#include "drivers/device_settings.hpp"

#include <gtest/gtest.h>

namespace exhaust {
namespace {

TEST(Endpoint, OfTcpHasHostAndPort) {
  const auto endpoint = parse_endpoint("tcp:192.168.1.20:502");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->host, "192.168.1.20");
  EXPECT_EQ(endpoint->port, 502);
}

TEST(Endpoint, OfASerialLineHasItsMode) {
  const auto endpoint = parse_endpoint("rtu:/dev/serial/by-id/usb-weather?baud=19200&parity=even&data=7&stop=2");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->path, "/dev/serial/by-id/usb-weather");
  EXPECT_EQ(endpoint->baud, 19200u);
  EXPECT_EQ(endpoint->parity, 'E');
  EXPECT_EQ(endpoint->data_bits, 7u);
  EXPECT_EQ(endpoint->stop_bits, 2u);
}

TEST(Endpoint, ThatIsNotOneIsRefusedWithWhatIsExpected) {
  for (const auto* text : {"", "192.168.1.20:502", "tcp:host", "tcp::502", "tcp:host:0", "tcp:host:99999", "serial:ttyS0", "serial:/dev/ttyS0?baud=9601",
                           "serial:/dev/ttyS0?parity=mark", "serial:/dev/ttyS0?speed=9600", "serial:/dev/ttyS0?baud"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_NE(endpoint.error().detail.find("expected tcp:HOST:PORT"), std::string::npos);
  }
}

}  // namespace
}  // namespace exhaust
