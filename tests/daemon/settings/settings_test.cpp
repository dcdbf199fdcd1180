#include "daemon/settings/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace exhaust::settings {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    char name[] = "/tmp/exhaust-settings-XXXXXX";
    folder = mkdtemp(name);
    std::filesystem::create_directory_symlink(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "devices", folder / "devices");
    std::filesystem::create_directory_symlink(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "standards", folder / "standards");
  }
  ~SettingsTest() override { std::filesystem::remove_all(folder); }

  Result<Settings> read(const std::string& text) {
    std::ofstream(folder / "s.toml") << text;
    return read_settings(folder / "s.toml");
  }
  std::string mistakes(const std::string& text) {
    const auto settings = read(text);
    return settings ? "" : settings.error().detail;
  }

  std::filesystem::path folder;
};

constexpr auto kStation = R"([station]
id = "A110119001"
simulated = true
[standard]
files = ["standards/hj845-2017.toml"]
[[lane]]
lane = 1
)";

/// `files`: as TOML has it.
std::string with_standards(const std::string& files) {
  return "[station]\nid = \"A110119001\"\n[[lane]]\nlane = 1\n[standard]\nfiles = " + files + "\n";
}

TEST_F(SettingsTest, TheShippedFilesAreValid) {
  const auto config = std::filesystem::path(EXHAUST_SOURCE_DIR) / "config";
  const auto station = read_settings(config / "exhaustd.toml");
  ASSERT_TRUE(station) << station.error().detail;
  EXPECT_EQ(station->devices.size(), 5u);
  EXPECT_EQ(station->tiers.size(), 3u);
  EXPECT_TRUE(station->lanes[0].expects_plume && station->lanes[0].expects_smoke && station->lanes[0].expects_plate);
  const auto hub = read_settings(config / "hub.toml");
  ASSERT_TRUE(hub) << hub.error().detail;
  EXPECT_TRUE(hub->service.ingest);
  EXPECT_FALSE(hub->service.accept_simulated);
  EXPECT_TRUE(hub->determinations.make);
  EXPECT_FALSE(station->determinations.make);
}

TEST_F(SettingsTest, DeterminationsNeedAStandardsRule) {
  EXPECT_THAT(mistakes("[station]\nid = \"A110100001\"\n[ingest]\n[determinations]\nmake = true\n"), HasSubstr("determinations.make: needs [standard]"));
}

TEST_F(SettingsTest, TheRegistryAndTheRulesAboutFuelAreRead) {
  const auto bare = read(kStation);
  ASSERT_TRUE(bare) << bare.error().detail;
  EXPECT_TRUE(bare->registry.file.empty());
  EXPECT_EQ(bare->registry.fuel.diesel_above_length_m, 6.0);  // standards.md 2.4: 600 cm
  EXPECT_EQ(bare->registry.fuel.diesel_above_opacity_percent, std::nullopt);
  const auto full = read(std::string(kStation) + R"([registry]
file = "vehicles.db"
[fuel]
heuristics = false
diesel_above_length_m = 5.5
diesel_above_opacity_percent = 20.0
)");
  ASSERT_TRUE(full) << full.error().detail;
  EXPECT_EQ(full->registry.file, folder / "vehicles.db") << "which need not be there yet";
  EXPECT_FALSE(full->registry.fuel.heuristics);
  EXPECT_EQ(full->registry.fuel.diesel_above_length_m, 5.5);
  EXPECT_EQ(full->registry.fuel.diesel_above_opacity_percent, 20.0);
  EXPECT_THAT(mistakes(std::string(kStation) + "[registry]\n"), HasSubstr("registry.file"));
  EXPECT_THAT(mistakes(std::string(kStation) + "[registry]\nfile = \"\"\n"), HasSubstr("exhaustctl registry import"));
  EXPECT_THAT(mistakes(std::string(kStation) + "[fuel]\ndiesel_above_length_m = 600.0\n"), HasSubstr("diesel_above_length_m"));
}

TEST_F(SettingsTest, EveryShippedProfileIsValid) {
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "devices")) {
    const auto profile = read_profile(file.path());
    EXPECT_TRUE(profile) << profile.error().detail;
  }
}

TEST_F(SettingsTest, AllMistakesAreToldAtOnceWithFileLineAndKey) {
  const auto said = mistakes(R"([station]
id = "X1"
nmae = "typo"
[[lane]]
lane = 0
[device.gate]
driver = "telepathy"
[standard]
files = ["nowhere.toml"]
)");
  EXPECT_THAT(said, HasSubstr("s.toml:2: station.id: 'X1' is not a station number"));
  EXPECT_THAT(said, HasSubstr("s.toml:3: station.nmae: is not a known key; did you mean 'name'?"));
  EXPECT_THAT(said, HasSubstr("s.toml:5: lane.lane: expected a whole number from 1 to 64"));
  EXPECT_THAT(said, HasSubstr("s.toml:7: device.gate.driver: 'telepathy' is not one of: modbus, ak, frame, anpr, mq007"));
  EXPECT_THAT(said, HasSubstr("s.toml:9: standard.files: no file"));
}

TEST_F(SettingsTest, StandardsAreAskedInTheOrderInWhichTheyStand) {
  const auto settings = read(with_standards(R"(["standards/example-gasoline-beijing-2020.toml", "standards/hj845-2017.toml"])"));
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->standards.names(), "example-gasoline-beijing-2020, hj845-2017");
}

TEST_F(SettingsTest, TheOldKeyOfOneStandardIsToldWithTheNewOne) {
  const auto said = mistakes("[station]\nid = \"A110119001\"\n[[lane]]\nlane = 1\n[standard]\nfile = \"standards/hj845-2017.toml\"\n");
  EXPECT_THAT(said, HasSubstr("standard.files: is missing: expected a list of standards"));
  EXPECT_THAT(said, HasSubstr("s.toml:6: standard.file: is not a known key; did you mean 'files'?"));
}

TEST_F(SettingsTest, StandardsThatCannotStandTogetherAreMistakes) {
  EXPECT_THAT(mistakes(with_standards(R"(["standards/hj845-2017.toml", "standards/hj845-2017.toml"])")),
              HasSubstr("standard.files: two standards have the id 'hj845-2017' and are in force on the same day"));
  EXPECT_THAT(mistakes(with_standards("[]")), HasSubstr("standard.files: expected at least one standard"));
  EXPECT_THAT(mistakes(with_standards(R"(["no-1.toml", "no-2.toml"])")), testing::AllOf(HasSubstr("no-1.toml"), HasSubstr("no-2.toml")));
}

TEST_F(SettingsTest, ScaledTimeDividesPeriodsAndWindowsAndNothingElse) {
  const auto settings = read(std::string(kStation) + R"(
[simulation]
time_scale = 10
[assembly]
join_window = "20s"
plate_window = "3s"
[device.smoke]
driver = "ak"
lane = 1
endpoint = "tcp:127.0.0.1:7700"
values = ["vehicle_number", "opacity_percent"]
period = "1s"
response_timeout = "300ms"
)");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->devices[0].period, 100ms);
  EXPECT_EQ(settings->devices[0].response_timeout, 300ms);
  EXPECT_EQ(settings->lanes[0].join_window, 2s);
  EXPECT_EQ(settings->lanes[0].time_scale, 10) << "its vehicles are closer by as much";
  EXPECT_EQ(settings->lanes[0].plume_delay, 100ms);
  EXPECT_EQ(settings->lanes[0].smoke_delay, 80ms);
  EXPECT_EQ(settings->lanes[0].plate_delay, 20ms);
  EXPECT_EQ(settings->lanes[0].plate_window, 300ms);
  EXPECT_EQ(settings->lanes[0].certain_by, 10ms);
  EXPECT_EQ(settings->lanes[0].double_window, 500ms);
}

TEST_F(SettingsTest, ARealStationCannotScaleTime) {
  auto text = std::string(kStation) + "[simulation]\ntime_scale = 10\n";
  text.replace(text.find("true"), 4, "false");
  EXPECT_THAT(mistakes(text), HasSubstr("allowed only with simulated = true"));
}

/// networking.md 6, marked [A] there.
TEST_F(SettingsTest, RatesAreMeasuredByTheDefaultsOfNetworking6UnlessSettingsSayOtherwise) {
  const auto defaults = read(kStation);
  ASSERT_TRUE(defaults) << defaults.error().detail;
  EXPECT_EQ(defaults->accounts.capture_least_percent, 90);
  EXPECT_EQ(defaults->accounts.recognition_day_least_percent, 95);
  EXPECT_EQ(defaults->accounts.recognition_night_least_percent, 90);
  const auto own = read(std::string(kStation) + "[accounts]\nrecognition_night_least_percent = 85.5\nday_begins_hour = 7\nday_ends_hour = 19\n");
  ASSERT_TRUE(own) << own.error().detail;
  EXPECT_EQ(own->accounts.recognition_night_least_percent, 85.5);
  EXPECT_EQ(own->accounts.day_begins_hour, 7);
  EXPECT_EQ(own->accounts.day_ends_hour, 19);
}

TEST_F(SettingsTest, WhatALaneWaitsForFollowsFromItsDevices) {
  const auto settings = read(std::string(kStation) + R"(
[device.camera]
driver = "anpr"
listen = "127.0.0.1:8090"
)");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_TRUE(settings->lanes[0].expects_plate);
  EXPECT_FALSE(settings->lanes[0].expects_plume);
  EXPECT_FALSE(settings->lanes[0].expects_smoke);
}

TEST_F(SettingsTest, ACameraIsPulledOrPushesJson) {
  const auto settings = read(std::string(kStation) + R"(
[device.pulled]
driver = "anpr"
mode = "pull"
endpoint = "tcp:192.168.1.64:80"
user = "admin"
password_file = "/run/credentials/camera"
heartbeat_limit = "20s"
utc_offset = "+08:00"
text = "gbk"
[device.pushing]
driver = "anpr"
mode = "json"
listen = "127.0.0.1:8091"
path = "/snap"
plate_path = "Picture.Plate.PlateNumber"
picture_paths = ["Picture.CutoutPic.Content"]
time_format = "unix_ms"
answer = '{"Result": true}'
)");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto& pulled = std::get<AnprSettings>(settings->devices[0].driver);
  EXPECT_EQ(pulled.mode, AnprSettings::Mode::kPull);
  EXPECT_EQ(pulled.path, "/ISAPI/Event/notification/alertStream");
  EXPECT_EQ(pulled.endpoint.host, "192.168.1.64");
  EXPECT_EQ(pulled.heartbeat_limit, 20s);
  EXPECT_EQ(pulled.utc_offset, 480min);
  EXPECT_EQ(pulled.text, AnprSettings::TextCoding::kGbk);
  EXPECT_EQ(pulled.body_limit_bytes(), (24u << 20) + (1u << 20));
  const auto& pushing = std::get<AnprSettings>(settings->devices[1].driver);
  EXPECT_EQ(pushing.json.plate, "Picture.Plate.PlateNumber");
  EXPECT_EQ(pushing.path, "/snap");
  EXPECT_EQ(pushing.time_format, AnprSettings::TimeFormat::kUnixMilliseconds);
  EXPECT_EQ(pushing.body_limit_bytes(), (32u << 20) + (1u << 20));
}

TEST_F(SettingsTest, AnAkAnalyserAndAFrameDeviceOfEachKindAreRead) {
  const auto settings = read(std::string(kStation) + R"(
[device.ak]
driver = "ak"
lane = 1
endpoint = "tcp:h:1"
reading = "plume"
values = ["co_percent", "co2_percent", "-", "no2_ppm"]
each_poll = true
measuring_states = ["SMGA"]
[device.bench]
driver = "frame"
decoder = "stdbus-bench"
lane = 1
endpoint = "tcp:h:2"
values = "mean"
swap_hc_no = true
smoke_transmittance = "fraction"
[device.radar]
driver = "frame"
decoder = "delimited"
lane = 1
endpoint = "tcp:h:3"
reading = "speed"
start = "\u0002"
count = "shared"
checksum = "crc16"
checksum_mark = ""
field = [{position = 0, text = "R"}, {position = 1, quantity = "vehicle_number"}, {position = 2, quantity = "speed_km_h", scale = 3.6, not_available = ["--"]}]
[device.wxt]
driver = "frame"
decoder = "wxt"
endpoint = "serial:/dev/serial/by-id/wxt?baud=19200"
request = ""
silence_limit = "30s"
)");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto& ak = std::get<AkSettings>(settings->devices[0].driver);
  EXPECT_EQ(ak.reading, ReadingKind::kPlume);
  EXPECT_TRUE(ak.each_poll);
  EXPECT_EQ(settings->devices[0].response_timeout, 1s) << "what AK devices are given when nothing is said";
  const auto& bench = std::get<FrameSettings>(settings->devices[1].driver);
  EXPECT_EQ(bench.host_address, 0x00);
  EXPECT_EQ(bench.board_address, 0x10);
  EXPECT_EQ(bench.bench_values, BenchValues::kMean);
  EXPECT_TRUE(bench.swap_hc_no);
  const auto& radar = std::get<FrameSettings>(settings->devices[2].driver);
  EXPECT_EQ(radar.delimited.start, "\x02");
  EXPECT_EQ(radar.delimited.checksum, DelimitedFormat::Checksum::kCrc16);
  ASSERT_EQ(radar.delimited.fields.size(), 3u);
  EXPECT_EQ(radar.delimited.fields[2].scale, 3.6);
  const auto& wxt = std::get<FrameSettings>(settings->devices[3].driver);
  EXPECT_EQ(wxt.request, "");
  EXPECT_EQ(wxt.silence_limit, 30s);
  EXPECT_TRUE(settings->lanes[0].expects_plume);
  EXPECT_TRUE(settings->lanes[0].expects_smoke) << "of the bench";
  EXPECT_FALSE(settings->lanes[0].expects_plate);
}

struct WrongSettings {
  const char* name;
  const char* text;
  const char* sentence;
};

class WrongSettingsTest : public SettingsTest, public testing::WithParamInterface<WrongSettings> {};

TEST_P(WrongSettingsTest, GetsASentenceThatSaysWhatIsExpected) {
  EXPECT_THAT(mistakes(std::string(kStation) + GetParam().text), HasSubstr(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongSettingsTest,
    testing::ValuesIn(std::vector<WrongSettings>{
        {"Toml", "[device", "TOML"},
        {"AccountsRate", "[accounts]\ncapture_least_percent = 101\n", "accounts.capture_least_percent: expected a number from 0 to 100"},
        {"AccountsDay", "[accounts]\nday_begins_hour = 20\n", "accounts.day_ends_hour: the day ends before it begins"},
        {"Period", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\nperiod = \"1\"\n", "is not a duration like 250ms"},
        {"PeriodTooShort", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\nperiod = \"1ms\"\n", "expected a duration from 10ms to 3600s"},
        {"NoDriver", "[device.a]\nlane = 1\n", "device.a.driver: is missing: expected modbus, ak, frame, anpr or mq007"},
        {"DownBeforeDegraded", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\ndegraded_after = 4\ndown_after = 3\n", "device.a.down_after: expected no less than degraded_after"},
        {"ClockLimit", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\nclock_offset_limit = \"0s\"\n", "expected a duration from 100ms"},
        {"LaneOfDevice", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\nlane = 7\n", "there is no [[lane]] with lane = 7"},
        {"Endpoint", "[device.a]\ndriver = \"ak\"\nendpoint = \"host\"\nvalues = [\"-\"]\n", "is not an endpoint"},
        {"AkNumber", "[device.a]\ndriver = \"ak\"\nlane = 1\nendpoint = \"tcp:h:1\"\nvalues = [\"k_per_m\"]\n", "one must be vehicle_number or measurement_number"},
        {"LaneOfGate", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"stdbus-gate\"\n", "device.a.lane: is missing"},
        {"AkWord", "[device.a]\ndriver = \"ak\"\nendpoint = \"tcp:h:1\"\nvalues = [\"co\"]\n", "'co' is not one of"},
        {"Decoder", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"x\"\n", "'x' is not one of: stdbus-gate"},
        {"AkOtherReading", "[device.a]\ndriver = \"ak\"\nlane = 1\nendpoint = \"tcp:h:1\"\nvalues = [\"co_percent\", \"vehicle_number\"]\n", "'co_percent' is not one of: opacity_percent"},
        {"AkTwice", "[device.a]\ndriver = \"ak\"\nlane = 1\nendpoint = \"tcp:h:1\"\nvalues = [\"k_per_m\", \"k_per_m\", \"vehicle_number\"]\n", "'k_per_m' stands there twice"},
        {"AkEachPoll", "[device.a]\ndriver = \"ak\"\nlane = 1\nendpoint = \"tcp:h:1\"\nvalues = [\"k_per_m\", \"vehicle_number\"]\neach_poll = true\n", "is for devices without"},
        {"AkHistory", "[device.a]\ndriver = \"ak\"\nlane = 1\nendpoint = \"tcp:h:1\"\nvalues = [\"k_per_m\"]\neach_poll = true\nfetch_by_number = true\n", "needs vehicle_number"},
        {"DelimitedReading", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"delimited\"\nfield = [{position = 0, quantity = \"temperature_c\"}]\n", "reading: is missing"},
        {"DelimitedField", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"delimited\"\nreading = \"weather\"\nfield = [{position = 0, quantity = \"speed_km_h\"}]\n", "'speed_km_h' is not one of: wind_speed_m_s"},
        {"DelimitedNothing", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"delimited\"\nreading = \"weather\"\nfield = [{position = 0, text = \"X\"}]\n", "no field has a quantity"},
        {"KeyOfAnotherDecoder", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"nmea\"\nswap_hc_no = true\n", "swap_hc_no"},
        {"PointsOfAMean", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"stdbus-bench\"\nlane = 1\nvalues = \"mean\"\npoints = true\n",
         "device.a.points: the board has points of its result only"},
        {"LaneOfBench", "[device.a]\ndriver = \"frame\"\nendpoint = \"tcp:h:1\"\ndecoder = \"stdbus-bench\"\n", "device.a.lane: is missing"},
        {"Profile", "[device.a]\ndriver = \"modbus\"\nendpoint = \"tcp:h:1\"\nprofile = \"x.toml\"\n", "no file"},
        {"CountElement", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\ncount = \"shared\"\n", "needs count_element"},
        {"CameraMode", "[device.a]\ndriver = \"anpr\"\nmode = \"sdk\"\nlisten = \"127.0.0.1:1\"\n", "'sdk' is not one of: isapi, pull, json"},
        {"CameraEndpoint", "[device.a]\ndriver = \"anpr\"\nmode = \"pull\"\n", "device.a.endpoint: is missing"},
        {"CameraSerial", "[device.a]\ndriver = \"anpr\"\nmode = \"pull\"\nendpoint = \"serial:/dev/x\"\n", "a camera is reached by tcp:HOST:PORT"},
        {"CameraListens", "[device.a]\ndriver = \"anpr\"\nmode = \"pull\"\nendpoint = \"tcp:h:80\"\nlisten = \"127.0.0.1:1\"\n", "device.a.listen: is not a known key"},
        {"CameraPlatePath", "[device.a]\ndriver = \"anpr\"\nmode = \"json\"\nlisten = \"127.0.0.1:1\"\n", "device.a.plate_path: is missing"},
        {"CameraJsonCount", "[device.a]\ndriver = \"anpr\"\nmode = \"json\"\nlisten = \"127.0.0.1:1\"\nplate_path = \"p\"\ncount = \"shared\"\n", "needs count_path"},
        {"CameraLocalTime", "[device.a]\ndriver = \"anpr\"\nmode = \"json\"\nlisten = \"127.0.0.1:1\"\nplate_path = \"p\"\ntime_format = \"local\"\n", "needs utc_offset"},
        {"CameraOffset", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\nutc_offset = \"8\"\n", "expected an offset like +08:00"},
        {"CameraPassword", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\nuser = \"cam\"\n", "user and password_file go together"},
        {"CameraColor", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\n[device.a.color_words]\nrot = \"red\"\n", "'red' is not one of: blue"},
        {"CameraPicture", "[device.a]\ndriver = \"anpr\"\nlisten = \"127.0.0.1:1\"\npicture_limit_bytes = 9000000\n", "expected a whole number from 65536 to 8388608"},
        {"TwoLanes", "[[lane]]\nlane = 1\n", "there is another lane 1"},
        {"Line", "[[lane]]\nlane = 2\nline = \"1\"\n", "expected two digits"},
        {"Tier", "[tier.city]\nbatch_entries = 5000\n", "expected a whole number from 1 to 1000"},
        {"TierAddress", "[tier.city]\nendpoint = \"nonsense\"\n", "'nonsense' is not an address: expected HOST:PORT"},
        {"Port", "[service]\nlisten = \"127.0.0.1:99999\"\n", "is not an address"},
        {"TierEndpoint", "[tier.city]\n", "tier.city.endpoint: is missing"},
    }),
    [](const auto& named) { return named.param.name; });

TEST_F(SettingsTest, AnEmptyStationNumberIsAMistake) {
  EXPECT_THAT(mistakes("[station]\nid = \"\"\n[ingest]\n"), HasSubstr("'' is not a station number"));
}

TEST_F(SettingsTest, AFileThatIsNotThereIsSaidSo) {
  const auto settings = read_settings(folder / "missing.toml");
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().detail, HasSubstr("missing.toml: cannot be read"));
}

constexpr auto kWithProfile = R"([station]
id = "A110119001"
[standard]
files = ["standards/hj845-2017.toml"]
[[lane]]
lane = 1
[capture]
folder = "captures"
most_bytes = 2000000
[assembly]
gap_least = "30s"
[device.gate]
driver = "frame"
decoder = "stdbus-gate"
lane = 1
endpoint = "tcp:127.0.0.1:1"
[device.analyser]
driver = "modbus"
lane = 1
endpoint = "tcp:127.0.0.1:1"
profile = "devices/analyser-history.toml"
)";

TEST_F(SettingsTest, EveryFileInForceIsKeptByteForByte) {
  const auto settings = read(kWithProfile);
  ASSERT_TRUE(settings) << settings.error().detail;
  ASSERT_EQ(settings->files.size(), 2u);
  EXPECT_EQ(settings->files[0].name, "devices/analyser-history.toml");
  EXPECT_EQ(settings->files[1].name, "standards/hj845-2017.toml");
  EXPECT_EQ(settings->files[1].text, settings->standards.all().front().text);
  EXPECT_EQ(settings->capture.folder, folder / "captures");
  EXPECT_EQ(settings->capture.most_bytes, 2'000'000u);
}

TEST_F(SettingsTest, TheSameSettingsComeFromTextsWithoutTheDisk) {
  const auto from_disk = read(kWithProfile);
  ASSERT_TRUE(from_disk);
  std::filesystem::remove(folder / "devices");
  std::filesystem::remove(folder / "standards");
  const auto from_texts = read_settings({"s.toml", from_disk->text}, from_disk->files);
  ASSERT_TRUE(from_texts) << from_texts.error().detail;
  EXPECT_EQ(from_texts->standards.all().front().hash, from_disk->standards.all().front().hash);
  EXPECT_EQ(std::get<ModbusSettings>(from_texts->devices[0].driver).profile.name, std::get<ModbusSettings>(from_disk->devices[0].driver).profile.name);
  EXPECT_EQ(from_texts->lanes[0].gap_least, 30s);
  EXPECT_EQ(from_texts->files.size(), 2u);
  const auto without = read_settings({"s.toml", from_disk->text}, {from_disk->files[0]});
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().detail, HasSubstr("not among the files"));
}

TEST_F(SettingsTest, WhatDarkensALaneFollowsFromItsDevices) {
  const auto settings = read(kWithProfile);
  ASSERT_TRUE(settings);
  EXPECT_THAT(settings->lanes[0].triggered_by, testing::ElementsAre("gate"));
  EXPECT_THAT(settings->lanes[0].plume_from, testing::ElementsAre("analyser"));
  EXPECT_TRUE(settings->lanes[0].plate_from.empty());
}

TEST_F(SettingsTest, AProfileTellsItsMistakesToo) {
  std::ofstream(folder / "p.toml") << "profile = \"x\"\nreading = \"plume\"\nslots = 4\n[[field]]\nquantity = \"co\"\naddress = 1\ntype = \"f16\"\n";
  const auto profile = read_profile(folder / "p.toml");
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().detail, HasSubstr("'co' is not a quantity"));
  EXPECT_THAT(profile.error().detail, HasSubstr("'f16' is not one of: u16, i16"));
  EXPECT_THAT(profile.error().detail, HasSubstr("slot_stride"));
  EXPECT_THAT(profile.error().detail, HasSubstr("needs a [handshake]"));
}

}  // namespace
}  // namespace exhaust::settings
