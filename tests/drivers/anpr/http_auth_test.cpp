#include "drivers/anpr/http_auth.hpp"

#include <gmock/gmock.h>

namespace exhaust::anpr::http_auth {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

DigestInput mufasa() {
  return {.algorithm = Algorithm::kMd5,
          .user = "Mufasa",
          .realm = "http-auth@example.org",
          .password = "Circle of Life",
          .method = "GET",
          .uri = "/dir/index.html",
          .nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
          .nonce_count = "00000001",
          .client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
          .qop = "auth"};
}

TEST(DigestResponse, IsTheOneOfRfc7616) {  // 3.9.1
  auto input = mufasa();
  EXPECT_EQ(digest_response(input), "8ca523f5e9506fed4657c9700eebdbec");
  input.algorithm = Algorithm::kSha256;
  EXPECT_EQ(digest_response(input), "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(DigestResponse, IsTheOneOfRfc2617And2069) {
  auto input = mufasa();
  input.realm = "testrealm@host.com";
  input.password = "Circle Of Life";
  input.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  input.client_nonce = "0a4f113b";
  EXPECT_EQ(digest_response(input), "6629fae49393a05397450978507c4ef1");  // RFC 2617 3.5
  input.password = "CircleOfLife";
  input.qop = "";
  EXPECT_EQ(digest_response(input), "1949323746fe6a43ef61f9606e7febea");  // RFC 2069 2.4, erratum 749
}

TEST(AuthHeader, IsReadWithAndWithoutQuotes) {
  const auto header =
      parse_header("Digest realm=\"a, \\\"b\\\"\", qop=\"auth,auth-int\",nc=00000001 , NONCE = x");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->scheme, "digest");
  EXPECT_EQ(header->parameters.at("realm"), "a, \"b\"");
  EXPECT_EQ(header->parameters.at("qop"), "auth,auth-int");
  EXPECT_EQ(header->parameters.at("nc"), "00000001");
  EXPECT_EQ(header->parameters.at("nonce"), "x");
  EXPECT_EQ(parse_header("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")->token, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(AuthHeader, IsMalformedWhenItIsNotWhatTheRfcAllows) {
  for (const auto* bad : {"", "   ", "Digest realm", "Digest realm=\"open", "Digest =x", "Digest a=1, a=2"})
    EXPECT_FALSE(parse_header(bad)) << bad;
  EXPECT_FALSE(parse_header("Digest a=\"" + std::string(4096, 'x') + "\""));
  std::string many = "Digest ";
  for (int i = 0; i < 25; ++i) many += "k" + std::to_string(i) + "=1,";
  EXPECT_FALSE(parse_header(many));
}

TEST(AuthClient, TakesTheStrongestChallenge) {
  Client client("Mufasa", "Circle of Life", true);
  const auto answer = client.answer(
      {"Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=MD5, opaque=\"o\"",
       "Digest realm=\"r\", nonce=\"n2\", qop=\"auth-int, auth\", algorithm=SHA-256",
       "Digest realm=\"r\", nonce=\"n3\", qop=\"auth\", algorithm=SHA-512-256"},
      "GET", "/s");
  ASSERT_TRUE(answer);
  const auto header = parse_header(*answer);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->parameters.at("nonce"), "n2");
  EXPECT_EQ(header->parameters.at("algorithm"), "SHA-256");
  EXPECT_EQ(header->parameters.at("nc"), "00000001");
  EXPECT_EQ(header->parameters.at("response"),
            digest_response({Algorithm::kSha256, "Mufasa", "r", "Circle of Life", "GET", "/s", "n2",
                             "00000001", header->parameters.at("cnonce"), "auth"}));
}

TEST(AuthClient, CountsTheUsesOfANonceAndReturnsWhatIsOpaque) {
  Client client("u", "p", false);
  const std::vector<std::string> challenge{"Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", opaque=\"o p\""};
  EXPECT_THAT(*client.answer(challenge, "GET", "/s"), HasSubstr("nc=00000001"));
  EXPECT_THAT(*client.answer(challenge, "GET", "/s"), HasSubstr("nc=00000002"));
  EXPECT_THAT(*client.answer({"Digest realm=\"r\", nonce=\"n2\", qop=\"auth\", opaque=\"o p\""}, "GET", "/s"),
              testing::AllOf(HasSubstr("nc=00000001"), HasSubstr("opaque=\"o p\"")));
}

TEST(AuthClient, SpeaksTheOldFormWithOldCameras) {
  Client client("Mufasa", "CircleOfLife", false);
  const auto answer =
      client.answer({"Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""},
                    "GET", "/dir/index.html");
  EXPECT_THAT(*answer, testing::AllOf(HasSubstr("response=\"1949323746fe6a43ef61f9606e7febea\""),
                                      testing::Not(HasSubstr("qop"))));
}

TEST(AuthClient, ShowsThePasswordOnlyWhereThatIsAllowed) {
  EXPECT_FALSE(Client("Aladdin", "open sesame", false).answer({"Basic realm=\"r\""}, "GET", "/"));
  EXPECT_EQ(Client("Aladdin", "open sesame", true).answer({"Basic realm=\"r\""}, "GET", "/"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_FALSE(Client("a", "b", true).answer({"Negotiate"}, "GET", "/"));
}

class AuthGuard : public testing::Test {
 protected:
  std::string answer(const std::string& password = "secret", const std::string& uri = "/anpr") {
    return Client("cam", password, true).answer(guard.challenges(false), "POST", uri).value();
  }
  Guard::Verdict check(const std::string& authorization) {
    return guard.check(authorization, "POST", "/anpr");
  }

  ManualClock clock;
  Guard guard{clock, "cam", "secret", false};
};

TEST_F(AuthGuard, LetsInWhoKnowsThePassword) {
  EXPECT_EQ(check(answer()), Guard::Verdict::kAllowed);
  EXPECT_EQ(check(""), Guard::Verdict::kNobody);
  EXPECT_EQ(check(answer("wrong")), Guard::Verdict::kWrong);
  EXPECT_EQ(check("Digest username=\"cam\""), Guard::Verdict::kWrong);
  EXPECT_EQ(check("Negotiate x=y"), Guard::Verdict::kWrong);
}

TEST_F(AuthGuard, OffersSha256BeforeMd5) {
  const auto offered = guard.challenges(true);
  ASSERT_EQ(offered.size(), 2u);
  EXPECT_THAT(offered[0], testing::AllOf(StartsWith("Digest realm=\"exhaustd\""), HasSubstr("SHA-256"),
                                         HasSubstr("stale=true")));
  EXPECT_THAT(offered[1], HasSubstr("algorithm=MD5"));
  EXPECT_EQ(check(*Client("cam", "secret", false).answer({offered[1]}, "POST", "/anpr")),
            Guard::Verdict::kAllowed);
}

TEST_F(AuthGuard, RefusesCredentialsThatWereMadeForAnotherRequest) {
  EXPECT_EQ(check(answer("secret", "/other")), Guard::Verdict::kWrong);
  EXPECT_EQ(guard.check(answer(), "PUT", "/anpr"), Guard::Verdict::kWrong);
}

TEST_F(AuthGuard, TakesEachUseOfANonceOnce) {
  Client client("cam", "secret", false);
  const auto challenge = guard.challenges(false);
  const auto first = *client.answer(challenge, "POST", "/anpr");
  const auto second = *client.answer(challenge, "POST", "/anpr");
  EXPECT_EQ(check(first), Guard::Verdict::kAllowed);
  EXPECT_EQ(check(first), Guard::Verdict::kStale);
  EXPECT_EQ(check(second), Guard::Verdict::kAllowed);
  EXPECT_EQ(check(first), Guard::Verdict::kStale);
}

TEST_F(AuthGuard, ForgetsNoncesWithTimeAndTakesOnlyItsOwn) {
  const auto old = answer();
  clock.advance(Guard::kNonceLife + 1s);
  EXPECT_EQ(check(old), Guard::Verdict::kStale);
  Guard another(clock, "cam", "secret", false);
  EXPECT_EQ(check(*Client("cam", "secret", false).answer(another.challenges(false), "POST", "/anpr")),
            Guard::Verdict::kStale);
}

TEST_F(AuthGuard, RemembersABoundedNumberOfUsesAndNeverTakesOneTwice) {
  std::vector<std::string> taken;
  for (std::size_t i = 0; i < Guard::kMostNonces + 10; ++i) {
    clock.advance(1ms);
    taken.push_back(answer());
    EXPECT_EQ(check(taken.back()), Guard::Verdict::kAllowed);
  }
  for (const auto& again : taken) EXPECT_EQ(check(again), Guard::Verdict::kStale);
}

TEST_F(AuthGuard, TakesBasicOnlyWhereThatIsAllowed) {
  const std::string basic = "Basic Y2FtOnNlY3JldA==";
  EXPECT_EQ(check(basic), Guard::Verdict::kWrong);
  Guard open(clock, "cam", "secret", true);
  EXPECT_EQ(open.check(basic, "POST", "/anpr"), Guard::Verdict::kAllowed);
  EXPECT_EQ(open.check("Basic Y2FtOm90aGVy", "POST", "/anpr"), Guard::Verdict::kWrong);
  EXPECT_THAT(open.challenges(false).back(), StartsWith("Basic realm="));
}

}  // namespace
}  // namespace exhaust::anpr::http_auth
