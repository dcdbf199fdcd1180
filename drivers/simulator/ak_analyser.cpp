#include "drivers/simulator/ak_analyser.hpp"

#include <cmath>
#include <string>

#include "drivers/simulator/frame_instruments.hpp"

namespace exhaust::simulator {

namespace {

std::string answer_to(const std::string& telegram, double at_s) {
  const auto in_round = std::fmod(at_s, 300);
  const bool in_error = in_round >= 120 && in_round < 130;
  const bool measuring = in_round < 200 || in_round >= 210;
  const int status = in_error ? 1 : 0;
  const auto command = ak::decode_command(telegram);
  if (!command) return ak::encode_reply(ak::kUnknownCode, status);
  if (command->code == "ASTZ") return ak::encode_reply("ASTZ", status, {"SREM", measuring ? "SMGA" : "STBY"});
  if (command->code == "ASTF") return ak::encode_reply("ASTF", status, in_error ? std::vector<std::string>{"12"} : std::vector<std::string>{});
  if (command->code == "AKEN") return ak::encode_reply("AKEN", status, {"EXHAUST-SIM"});
  if (command->code != "AKON") return ak::encode_reply(ak::kUnknownCode, status);
  const auto gases = gases_at(at_s);
  return ak::encode_reply("AKON", status,
                          {fixed(*gases.co_percent, 2), fixed(*gases.co2_percent, 2), fixed(*gases.hc_ppm, 0), fixed(*gases.no_ppm, 0)});
}

}  // namespace

Bytes AkAnalyser::take(ByteView received, double at_s) {
  telegrams_.feed(as_text(received));
  std::string answers;
  while (const auto telegram = telegrams_.next()) answers += answer_to(*telegram, at_s);
  return {answers.begin(), answers.end()};
}

}  // namespace exhaust::simulator
