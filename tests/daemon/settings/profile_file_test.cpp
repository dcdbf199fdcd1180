#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "daemon/settings/settings.hpp"
#include "drivers/modbus/plan.hpp"
#include "drivers/modbus/profile_text.hpp"

namespace exhaust::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ProfileFile : public testing::Test {
 protected:
  ProfileFile() {
    char name[] = "/tmp/exhaust-profile-XXXXXX";
    folder = mkdtemp(name);
  }
  ~ProfileFile() override { std::filesystem::remove_all(folder); }
  Result<ModbusProfile> read(const std::string& text) {
    std::ofstream(folder / "p.toml") << text;
    return read_profile(folder / "p.toml");
  }
  static std::string weather(const std::string& head, const std::string& field) {
    return "profile = \"p\"\nreading = \"weather\"\n" + head + "\n[[field]]\nquantity = \"pressure_hpa\"\n" + field + "\n";
  }

  std::filesystem::path folder;
};

const char* const kShipped = EXHAUST_SOURCE_DIR "/config/devices/";

/// Every notation of the same register, for both functions.
struct BaseCase {
  const char *base, *function, *address;
  std::uint16_t wire;
};
class ProfileBase : public ProfileFile, public testing::WithParamInterface<BaseCase> {};
TEST_P(ProfileBase, IsTakenOffTheAddress) {
  const auto& each = GetParam();
  for (const char* type : {"\"u16\"", "\"i16\"", "\"u32\"\norder = \"CDAB\"", "\"i32\"\norder = \"DCBA\"", "\"u64\"\norder = \"ABCD\"",
                           "\"f32\"\norder = \"BADC\"", "\"f64\"\norder = \"ABCD\"", "\"bits\"\nbit = 3"}) {
    const auto profile = read(weather("address_base = " + std::string(each.base) + "\nfunction = \"" + each.function + "\"",
                                      "address = " + std::string(each.address) + "\ntype = " + type));
    ASSERT_TRUE(profile) << profile.error().detail;
    EXPECT_EQ(profile->fields[0].address, each.wire) << type;
  }
}
INSTANTIATE_TEST_SUITE_P(All, ProfileBase,
                         testing::ValuesIn(std::vector<BaseCase>{{"0", "input", "8", 8},
                                                                 {"0", "holding", "0", 0},
                                                                 {"1", "input", "9", 8},
                                                                 {"1", "holding", "1", 0},
                                                                 {"30001", "input", "30009", 8},
                                                                 {"40001", "holding", "40009", 8},
                                                                 {"300001", "input", "365526", 65525},
                                                                 {"400001", "holding", "400009", 8}}));

struct BadProfile {
  std::string name, head, field, says;
};
class ProfileMistake : public ProfileFile, public testing::WithParamInterface<BadProfile> {};
TEST_P(ProfileMistake, IsOneSentenceWithWhatIsAllowed) {
  const auto& each = GetParam();
  const auto profile = read(weather(each.head, each.field));
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(profile.error().detail, HasSubstr(each.says));
}
const std::string kBase = "address_base = 0";
const std::string kField = "address = 3\ntype = \"u16\"";
INSTANTIATE_TEST_SUITE_P(
    All, ProfileMistake,
    testing::ValuesIn(std::vector<BadProfile>{
        {"NoBase", "", kField, "address_base: is missing: expected 0, 1, 30001, 40001"},
        {"OddBase", "address_base = 2", kField, "expected 0, 1, 30001, 40001, 300001 or 400001"},
        {"BaseOfTheOtherFunction", "address_base = 40001\nfunction = \"input\"", "address = 40003\ntype = \"u16\"",
         "registers from 40001 on are holding registers, not input"},
        {"FieldOfTheOtherFunction", "address_base = 30001", "address = 30003\ntype = \"u16\"\nfunction = \"holding\"",
         "registers from 30001 on are input registers, not holding"},
        {"AddressOfAnotherNotation", "address_base = 30001", "address = 40003\ntype = \"u16\"",
         "field.address: expected a whole number from 30001 to 39999"},
        {"AddressBelowTheBase", "address_base = 1", "address = 0\ntype = \"u16\"", "from 1 to 65536"},
        {"NoOrder", kBase, "address = 3\ntype = \"f32\"", "field.order: is missing: expected ABCD, CDAB, BADC or DCBA"},
        {"UnknownOrder", kBase, "address = 3\ntype = \"f32\"\norder = \"big\"", "'big' is not one of: ABCD, CDAB, BADC, DCBA"},
        {"UnknownUnit", kBase, kField + "\nunit = \"atm\"", "field.unit: 'atm' is not one of: hPa, mbar, kPa"},
        {"Text", kBase, "address = 3\ntype = \"string\"\nlength = 4", "belongs under [[identity]]"},
        {"TextWithoutLength", kBase, "address = 3\ntype = \"string\"", "field.length: is missing"},
        {"BitsWithoutBit", kBase, "address = 3\ntype = \"bits\"", "field.bit: is missing: expected bit = 3 or bits = [4, 7]"},
        {"BitTooHigh", kBase, "address = 3\ntype = \"bits\"\nbit = 16", "from 0 to 15"},
        {"BitsBackwards", kBase, "address = 3\ntype = \"bits\"\nbits = [7, 4]", "expected [lowest, highest] from 0 to 15"},
        {"BitTwice", kBase, "address = 3\ntype = \"bits\"\nbit = 1\nbits = [1, 2]", "expected bit or bits, not both"},
        {"CodeBeyondItsType", kBase, "address = 3\ntype = \"i16\"\nnot_available = [65535]", "can never stand in its registers"},
        {"Forbidden", kBase + "\nforbidden = [[1, 5]]", kField, "'pressure_hpa' lies in a forbidden range"},
        {"ForbiddenBackwards", kBase + "\nforbidden = [[5, 1]]", kField, "forbidden: expected a list of ranges [first, last]"},
        {"ForbiddenNoRange", kBase + "\nforbidden = [5]", kField, "forbidden: expected a list of ranges [first, last]"},
        {"TooManyRegisters", kBase + "\nmost_registers = 126", kField, "from 1 to 125"},
        {"Gap", kBase + "\ngap_fill = -1", kField, "gap_fill: expected a whole number from 0 to 125"},
        {"EnumWithoutCode", kBase, kField + "\n[[state]]\nname = \"m\"\naddress = 1\nenum = {x = \"testing\"}",
         "expected a whole number as the code of 'testing'"},
        {"MeasuringWord", kBase, kField + "\n[[state]]\nname = \"m\"\naddress = 1\nenum = {0 = \"a\"}\nmeasuring = [\"b\"]",
         "'b' under measuring is no word of its enum"},
        {"NameMissing", kBase, kField + "\n[[alarm]]\naddress = 1", "alarm.name: is missing"},
        {"NormalNoNumber", kBase, kField + "\n[[alarm]]\nname = \"a\"\naddress = 1\nnormal = [0.5]", "expected a list of whole numbers"},
        {"ExpectNoText", kBase, kField + "\n[[identity]]\nname = \"a\"\naddress = 1\ntype = \"string\"\nlength = 2\nexpect = 5",
         "identity.expect: expected a text"},
        {"ExpectNoNumber", kBase, kField + "\n[[identity]]\nname = \"a\"\naddress = 1\nexpect = \"x\"",
         "identity.expect: expected a whole number"}}),
    [](const auto& each) { return each.param.name; });

TEST_F(ProfileFile, EverythingThatCanBeSaidIsRead) {
  const auto profile = read(R"(
profile = "all"
reading = "plume"
function = "input"
address_base = 30001
gap_fill = 4
most_registers = 60
forbidden = [[30101, 30111]]

[handshake]
address = 30001
type = "u16"

[[field]]
quantity = "hc_ppm"
address = 30011
type = "i32"
order = "CDAB"
scale = 0.1
unit = "%"
valid = [-1, 2]
not_available = [0x7FFFFFFF]

[[state]]
name = "work_mode"
address = 30005
enum = {0 = "testing", 1 = "real-time", 2 = "calibrating"}
measuring = ["testing", "real-time"]

[[alarm]]
name = "lamp"
address = 30006
type = "bits"
bit = 3

[[alarm]]
name = "sensor"
address = 30006
type = "bits"
bits = [4, 7]
enum = {0 = "fine", 3 = "blocked"}
normal = [0, 1]

[[identity]]
name = "model"
address = 30050
type = "string"
length = 8
expect = "GAS-7"

[[identity]]
name = "type"
address = 30060
expect = 512
)");
  ASSERT_TRUE(profile) << profile.error().detail;
  EXPECT_THAT(profile->forbidden, ElementsAre(std::pair{std::uint16_t{100}, std::uint16_t{110}}));
  EXPECT_EQ(profile->fields[0].unit_factor, 1e4);
  EXPECT_EQ(profile->fields[0].valid_max, 2);
  EXPECT_EQ(profile->states[0].words.at(2), "calibrating");
  EXPECT_EQ(profile->states[0].where.address, 4);
  EXPECT_EQ(profile->alarms[0].where.first_bit, 3);
  EXPECT_THAT(profile->alarms[1].normal, ElementsAre(0, 1));
  EXPECT_EQ(profile->alarms[1].where.last_bit, 7);
  EXPECT_EQ(profile->identities[0].expect, "GAS-7");
  EXPECT_EQ(profile->identities[1].expect, "512");
}

TEST_F(ProfileFile, WrittenAsTextAndReadAgainItIsTheSame) {
  for (const auto& file : std::filesystem::directory_iterator(kShipped)) {
    const auto shipped = read_profile(file.path());
    ASSERT_TRUE(shipped) << shipped.error().detail;
    const auto text = modbus::to_toml(*shipped);
    const auto again = read(text);
    ASSERT_TRUE(again) << again.error().detail << "\n" << text;
    EXPECT_EQ(modbus::to_toml(*again), text);
    EXPECT_EQ(modbus::plan_poll(*again).values, modbus::plan_poll(*shipped).values);
  }
}

TEST_F(ProfileFile, ShippedMapsAskAsTheDevicesPageSays) {
  const auto requests = [](const char* name) {
    const auto profile = read_profile(std::string(kShipped) + name);
    EXPECT_TRUE(profile) << name;
    return modbus::plan_poll(*profile).values;
  };
  using modbus::PlannedRead;
  using enum RegisterFunction;
  EXPECT_THAT(requests("zhixiangyu-weather.toml"), ElementsAre(PlannedRead{kHolding, {0, 10}}));
  EXPECT_THAT(requests("renke-multi.toml"), ElementsAre(PlannedRead{kHolding, {0x1F4, 10}})) << "01 03 01 F4 00 0A";
  EXPECT_THAT(requests("ecowitt-wn90lp.toml"), ElementsAre(PlannedRead{kHolding, {0x167, 7}}));
  EXPECT_THAT(requests("lufft-ws.toml"), ElementsAre(PlannedRead{kInput, {0x0A, 41}}));
  EXPECT_THAT(requests("anemometer-a2.toml"), ElementsAre(PlannedRead{kInput, {1, 2}}));
}

TEST_F(ProfileFile, ADeviceMaySetScaleAndPlaceOfAQuantity) {
  std::filesystem::copy(std::string(kShipped) + "anemometer-a2.toml", folder / "wind.toml");
  std::filesystem::create_directory_symlink(EXHAUST_SOURCE_DIR "/config/standards", folder / "standards");
  std::ofstream(folder / "s.toml") << R"([station]
id = "A110119001"
simulated = true
[standard]
files = ["standards/hj845-2017.toml"]
[[lane]]
lane = 1
[device.wind]
driver = "modbus"
endpoint = "tcp:127.0.0.1:502"
profile = "wind.toml"
scale = {wind_speed_m_s = 0.01}
address = {wind_direction_deg = 3}
)";
  const auto settings = read_settings(folder / "s.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto& fields = std::get<ModbusSettings>(settings->devices.at(0).driver).profile.fields;
  EXPECT_EQ(fields[0].scale, 0.01);
  EXPECT_EQ(fields[1].address, 3);
}

}  // namespace
}  // namespace exhaust::settings
