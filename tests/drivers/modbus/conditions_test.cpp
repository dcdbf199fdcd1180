#include "drivers/modbus/conditions.hpp"

#include <gmock/gmock.h>

#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/wire.hpp"

namespace exhaust::modbus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Work modes as in devices.md 4, and a lamp's alarm in bit 3 of register 1.
class ModbusConditions : public testing::Test {
 protected:
  ModbusConditions() {
    profile.reading = ReadingKind::kWeather;
    profile.states = {{field("work_mode", 0),
                       {{0, "testing"}, {1, "real-time"}, {2, "calibrating"}, {3, "preheating"}, {4, "standby"}},
                       {"testing", "real-time"}}};
    AlarmField lamp{field("lamp", 1, RegisterType::kBits), {}, {0}};
    lamp.where.first_bit = lamp.where.last_bit = 3;
    AlarmField code{field("sensor", 2), {{0, "fine"}, {3, "blocked"}}, {0, 1}};
    profile.alarms = {lamp, code};
  }
  std::vector<std::string> look(std::string_view registers) {
    const Block block{RegisterFunction::kInput, 0, wire(registers)};
    const auto change = conditions.look({&block, 1});
    unknown += change.unknown_states;
    std::vector<std::string> said;
    for (const auto& notice : change.notices) said.push_back(notice.word + ": " + notice.detail);
    return said;
  }

  ModbusProfile profile;
  Conditions conditions{profile};
  std::uint32_t unknown = 0;
};

TEST_F(ModbusConditions, ADeviceWhoseStateWasNeverReadDoesNotMeasure) { EXPECT_FALSE(conditions.measuring()); }

TEST_F(ModbusConditions, WhatIsAsItShouldBeIsNotToldAtFirst) {
  EXPECT_THAT(look("00 00  00 00  00 00"), IsEmpty());
  EXPECT_TRUE(conditions.measuring());
}

TEST_F(ModbusConditions, AStateIsToldWhenItChangesAndOnlyThen) {
  EXPECT_THAT(look("00 03  00 00  00 00"), ElementsAre("state: work_mode: preheating, not measuring"));
  EXPECT_FALSE(conditions.measuring());
  EXPECT_THAT(look("00 03  00 00  00 00"), IsEmpty());
  EXPECT_THAT(look("00 01  00 00  00 00"), ElementsAre("state: work_mode: real-time"));
  EXPECT_TRUE(conditions.measuring());
}

TEST_F(ModbusConditions, ACodeWithoutAWordIsNoMeasuring) {
  look("00 00  00 00  00 00");
  EXPECT_THAT(look("00 09  00 00  00 00"), ElementsAre("state: work_mode: code 9, not measuring"));
  EXPECT_FALSE(conditions.measuring());
  EXPECT_EQ(unknown, 1u);
}

TEST_F(ModbusConditions, AnAlarmIsToldWhenItComesAndWhenItGoes) {
  EXPECT_THAT(look("00 00  00 08  00 00"), ElementsAre("error_status: lamp: on"));
  EXPECT_THAT(look("00 00  00 0F  00 00"), IsEmpty()) << "other bits are other things";
  EXPECT_THAT(look("00 00  00 07  00 00"), ElementsAre("error_status: lamp: off"));
}

TEST_F(ModbusConditions, AnAlarmWithCodesTellsTheirWords) {
  EXPECT_THAT(look("00 00  00 00  00 03"), ElementsAre("error_status: sensor: blocked"));
  EXPECT_THAT(look("00 00  00 00  00 05"), ElementsAre("error_status: sensor: on, code 5"));
  EXPECT_THAT(look("00 00  00 00  00 01"), ElementsAre("error_status: sensor: off"));
  EXPECT_THAT(look("00 00  00 00  00 00"), IsEmpty()) << "from one normal value to another";
}

TEST_F(ModbusConditions, WhatABlockDoesNotHoldStaysAsItWas) {
  look("00 00  00 08  00 00");
  EXPECT_THAT(look("00 00"), IsEmpty());
  EXPECT_TRUE(conditions.measuring());
}

class ModbusIdentity : public testing::Test {
 protected:
  ModbusIdentity() {
    profile.name = "gas-7";
    IdentityField model{field("model", 0, RegisterType::kString), "GAS-7"};
    model.where.length = 3;
    profile.identities = {model, {field("serial", 3, RegisterType::kU32), std::nullopt},
                          {field("type", 5), "512"}};
  }
  std::map<std::string, std::optional<std::string>> found(std::string_view registers) {
    const Block block{RegisterFunction::kInput, 0, wire(registers)};
    return read_identities({&block, 1}, profile);
  }
  ModbusProfile profile;
};

TEST_F(ModbusIdentity, IsReadAsTextAndNumber) {
  const auto identities = found("47 41 53 2D 37 00  00 01 E2 40  02 00");
  EXPECT_EQ(identities.at("model"), "GAS-7");
  EXPECT_EQ(identities.at("serial"), "123456");
  EXPECT_TRUE(check_identities(identities, profile));
}

TEST_F(ModbusIdentity, OfAnotherDeviceIsASettingsErrorThatNamesBoth) {
  const auto text = check_identities(found("47 41 53 2D 38 00  00 00 00 00  02 00"), profile);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(text.error().detail, HasSubstr("says model 'GAS-8', but profile 'gas-7' expects 'GAS-7'"));
  const auto number = check_identities(found("47 41 53 2D 37 00  00 00 00 00  02 01"), profile);
  EXPECT_THAT(number.error().detail, HasSubstr("says type '513', but profile 'gas-7' expects '512'"));
}

TEST_F(ModbusIdentity, ThatIsNoTextIsNotTheExpectedOne) {
  EXPECT_THAT(check_identities(found("FF FF FF FF FF FF  00 00 00 00  02 00"), profile).error().detail,
              HasSubstr("says model in no readable text"));
  EXPECT_FALSE(check_identities({}, profile));
}

}  // namespace
}  // namespace exhaust::modbus
