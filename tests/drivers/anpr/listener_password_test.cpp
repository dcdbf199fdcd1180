// Integration: posts with and without a password over loopback. Waits are real and short.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/drivers/anpr/listener_fixture.hpp"

namespace exhaust::anpr {
namespace {

class AnprPasswordIntegration : public AnprListenerIntegration {
 protected:
  AnprPasswordIntegration() {
    file = testing::TempDir() + "anpr_password_" + std::to_string(::getpid());
    std::ofstream(file) << "secret\n";
    settings().user = "cam";
    settings().password_file = file;
  }
  ~AnprPasswordIntegration() override { std::filesystem::remove(file); }

  struct Answer {
    unsigned status = 0;
    std::vector<std::string> challenges;
  };
  Answer answer_to(tcp::socket& socket, const std::string& text) {
    asio::write(socket, asio::buffer(text));
    const auto response = run(answer_of(socket));
    Answer answer{response.result_int(), {}};
    const auto [first, last] = response.equal_range(http::field::www_authenticate);
    for (auto field = first; field != last; ++field) answer.challenges.emplace_back(field->value());
    return answer;
  }
  static std::string authorization(http_auth::Client& client, const std::vector<std::string>& challenges) {
    return "Authorization: " + client.answer(challenges, "POST", "/anpr").value() + "\r\n";
  }
  std::string file;
};

TEST_F(AnprPasswordIntegration, ChallengesAndThenTakesTheSameEventOnTheSameConnection) {
  open();
  auto socket = connected();
  const auto first = answer_to(socket, post_text(event_xml("u1")));
  EXPECT_EQ(first.status, 401u);
  ASSERT_EQ(first.challenges.size(), 2u);
  http_auth::Client client("cam", "secret", false);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), authorization(client, first.challenges))).status,
            200u);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u2"), authorization(client, first.challenges))).status,
            200u);
  EXPECT_EQ(readings.size(), 2u);
  EXPECT_EQ(count_of("challenges"), 1u);
}

TEST_F(AnprPasswordIntegration, KeepsOthersOut) {
  open();
  auto socket = connected();
  const auto first = answer_to(socket, post_text(event_xml("u1")));
  http_auth::Client client("cam", "guess", false);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), authorization(client, first.challenges))).status,
            401u);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), "Authorization: Basic Y2FtOnNlY3JldA==\r\n")).status,
            401u);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), "Expect: 100-continue\r\n")).status,
            401u);  // before the body
  EXPECT_TRUE(readings.empty());
  EXPECT_EQ(count_of("wrong_password"), 2u);
  EXPECT_TRUE(kinds.empty());
}

TEST_F(AnprPasswordIntegration, DoesNotOpenWithoutItsPassword) {
  std::filesystem::remove(file);
  AnprListener second(DriverContext{io, clock, [](Reading) {}}, device);
  const auto opened = run(second.open(clock.monotonic() + 1s));
  EXPECT_EQ(opened.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(opened.error().detail, testing::HasSubstr(file));
}

}  // namespace
}  // namespace exhaust::anpr
