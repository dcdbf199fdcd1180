#include "daemon/ledger/chain.hpp"

#include <gtest/gtest.h>

namespace exhaust::ledger {
namespace {

// The expected values were computed with Python's struct and hashlib from docs/ledger-format.md.
ChainHeader header(HashAlgorithm algorithm, bool simulated) {
  ChainHeader header;
  header.key.station_id = "A440300001";
  for (std::uint8_t i = 0; i < 16; ++i) header.key.ledger_id[i] = i;
  header.algorithm = algorithm;
  header.simulated = simulated;
  return header;
}

struct Vector {
  HashAlgorithm algorithm;
  std::string real_start, simulated_start, empty_leaf, leaf, first, second, third;
};

class Chain : public testing::TestWithParam<Vector> {};

TEST_P(Chain, StartCoversStationLedgerFormatAlgorithmAndSimulation) {
  EXPECT_EQ(to_hex(chain_start(header(GetParam().algorithm, false))), GetParam().real_start);
  EXPECT_EQ(to_hex(chain_start(header(GetParam().algorithm, true))), GetParam().simulated_start);
}

TEST_P(Chain, LeafCoversThePayload) {
  EXPECT_EQ(to_hex(leaf_of(GetParam().algorithm, {})), GetParam().empty_leaf);
  EXPECT_EQ(to_hex(leaf_of(GetParam().algorithm, as_bytes("passage"))), GetParam().leaf);
}

TEST_P(Chain, EachHashCoversTheOneBeforeAndTheEnvelope) {
  const auto algorithm = GetParam().algorithm;
  const Digest empty = leaf_of(algorithm, {});
  const Digest leaf = leaf_of(algorithm, as_bytes("passage"));
  const Digest start = chain_start(header(algorithm, true));
  const Digest first = chain_next(algorithm, start, 1, 1795428131123456, 4, leaf);
  EXPECT_EQ(to_hex(first), GetParam().first);
  const Digest second = chain_next(algorithm, first, 2, -1, 9, empty);
  EXPECT_EQ(to_hex(second), GetParam().second);
  const Digest third = chain_next(algorithm, second, (1ULL << 40) + 3, 1LL << 62, 0xfffffffe, leaf);
  EXPECT_EQ(to_hex(third), GetParam().third);
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, Chain,
    testing::Values(Vector{HashAlgorithm::kSha256,
                           "6539abae55fb7dfd8623e9c46283bc882f3c72e3e630247d21937a4f994a7940",
                           "30813ba6e83c8d510b1147b112f92d22139c5a0bc28c8ab1681d2e85498970f5",
                           "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                           "6067d2ae4236cd97839e47c4d397b49236e51502680b133ccd0af9fee472ca20",
                           "baf5593f89b04dcc1ad2893099de8661eb5f2e3b407d0c765508110b1f21daef",
                           "cabdc1cf1293ed0cbfa2093864b34a50f02d6aab72a67670febbd7ba5d9b515d",
                           "a327b808206afa209a62d1287c84536dc6c8c4564896cc42a7e82e4915f03d50"},
                    Vector{HashAlgorithm::kSm3,
                           "ac9b0ead0443633d759539e9b8526ce0d35d143d5d30a2abb60fc369fb6594fb",
                           "59b6537055b0fb0afc80941788f8b85d0f53c1b8664508274f0bd3412b84d50e",
                           "2daef60e7a0b8f5e024c81cd2ab3109f2b4f155cf83adeb2ae5532f74a157fdf",
                           "ffdfae963631ec3724814351d847e456696a39af0ccd53abede3ea0f1401ed58",
                           "95a7fc12b553bf9da8602c39c50abea9acb1f7db474e7ac3605ce95877fc3216",
                           "7b0672245fde7c9a85dee92c4999e8240fb724779112f5fa44e1444108f5b8f9",
                           "c852fdef01ed71572074bdcd9e95a3b88e27cc6c3556d4a2164d676a554db81d"}),
    [](const auto& which) { return which.param.algorithm == HashAlgorithm::kSm3 ? "Sm3" : "Sha256"; });

}  // namespace
}  // namespace exhaust::ledger
