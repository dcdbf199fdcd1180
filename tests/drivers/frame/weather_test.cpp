// NMEA and WXT. The WXT lines are those of devices.md 3.3; NMEA check sums are computed.
#include <gmock/gmock.h>

#include "tests/drivers/frame/decoding.hpp"

namespace exhaust::frame {
namespace {

using testing::DoubleNear;
using testing::Optional;

WeatherReading nmea(std::string_view sentence) { return body_of<WeatherReading>(device_with("nmea"), text(std::string(sentence) + "\r\n")); }
WeatherReading wxt(std::string_view line) { return body_of<WeatherReading>(device_with("wxt"), text(std::string(line) + "\r\n")); }

TEST(Nmea, MwvIsWind) {
  const auto weather = nmea("$WIMWV,39,R,1.3,M,A*06");
  EXPECT_THAT(weather.wind_direction_deg, Optional(39.0));
  EXPECT_THAT(weather.wind_speed_m_s, Optional(1.3));
  EXPECT_EQ(weather.temperature_c, std::nullopt);
}

TEST(Nmea, MwvSpeedsAreConvertedByTheirUnit) {
  EXPECT_THAT(nmea("$WIMWV,214.8,R,18.0,K,A*10").wind_speed_m_s, Optional(DoubleNear(5.0, 1e-12)));
  EXPECT_THAT(nmea("$WIMWV,039,T,10.0,N,A*00").wind_speed_m_s, Optional(DoubleNear(5.14444, 1e-5)));
  EXPECT_THAT(nmea("$WIMWV,90,R,10.0,S,A*28").wind_speed_m_s, Optional(DoubleNear(4.4704, 1e-12)));
}

TEST(Nmea, AnInvalidMwvIsAbsentNotCalm) {
  const auto weather = nmea("$WIMWV,,R,,M,V*37");
  EXPECT_EQ(weather.wind_direction_deg, std::nullopt);
  EXPECT_EQ(weather.wind_speed_m_s, std::nullopt);
  EXPECT_EQ(nmea("$WIMWV,1,R,x,M,A*69").wind_speed_m_s, std::nullopt);
}

TEST(Nmea, MdaIsTheWholeWeather) {
  const auto weather = nmea("$WIMDA,29.8795,I,1.0118,B,23.4,C,,,58.2,,14.7,C,220.1,T,226.3,M,5.1,N,2.6,M*64");
  EXPECT_THAT(weather.pressure_hpa, Optional(DoubleNear(1011.8, 1e-9)));
  EXPECT_THAT(weather.temperature_c, Optional(23.4));
  EXPECT_THAT(weather.humidity_percent, Optional(58.2));
  EXPECT_THAT(weather.wind_direction_deg, Optional(220.1));
  EXPECT_THAT(weather.wind_speed_m_s, Optional(2.6));
}

TEST(Nmea, XdrTakesTheFirstOfEachTypeByItsUnit) {
  const auto vaisala = nmea("$WIXDR,C,23.3,C,0,C,24.0,C,1,H,50.1,P,0,P,1009.1,H,0*58");
  EXPECT_THAT(vaisala.temperature_c, Optional(23.3)) << "transducer 1 is the inside of the instrument";
  EXPECT_THAT(vaisala.humidity_percent, Optional(50.1));
  EXPECT_THAT(vaisala.pressure_hpa, Optional(1009.1));
  const auto other = nmea("$YXXDR,P,1.0118,B,Barometer,C,74.3,F,Air*5E");
  EXPECT_THAT(other.pressure_hpa, Optional(DoubleNear(1011.8, 1e-9)));
  EXPECT_THAT(other.temperature_c, Optional(DoubleNear(23.5, 1e-9)));
}

TEST(Nmea, OtherSentencesAreForeignAndHalfOnesAreDamaged) {
  EXPECT_EQ(role_in(device_with("nmea"), text("$GPGGA,,,,,,0,,,,,,,,*66\r\n")), Role::kForeign);
  EXPECT_EQ(role_in(device_with("nmea"), text("$WIMWV,39,R,1.3,M,A*06\r\n")), Role::kReport);
  EXPECT_FALSE(decode_frame(device_with("nmea"), text("$WIXDR,C,23.3,C*60\r\n")));
}

TEST(Nmea, AWrongChecksumIsTold) {
  for (const auto& [line, flaw] : {std::pair{"$WIMWV,49,R,1.3,M,A*06\r\n", Flaw::kBadChecksum},
                                   std::pair{"$WIMWV,39,R,1.3,M,A*6\r\n", Flaw::kBadChecksum},
                                   std::pair{"$WIMWV,39,R,1.3,M,A\r\n", Flaw::kBadFrame},
                                   std::pair{"$WIMWV,39,$WIMWV,39,R,1.3,M,A*06\r\n", Flaw::kBadFrame}}) {
    const auto pieces = pieces_of(device_with("nmea"), text(line));
    ASSERT_FALSE(pieces.empty());
    EXPECT_FALSE(pieces[0].whole) << line;
    EXPECT_EQ(pieces[0].flaw, flaw) << line;
  }
}

TEST(Nmea, MayBeAskedWithAQuery) {
  FrameSettings settings;
  settings.decoder = "nmea";
  settings.request = "$--WIQ,MWV*2F\r\n";
  EXPECT_EQ(request_of(device_with(settings)), text("$--WIQ,MWV*2F\r\n"));
  EXPECT_EQ(role_in(device_with(settings), text("$WIMWV,39,R,1.3,M,A*06\r\n")), Role::kAnswer);
  EXPECT_TRUE(request_of(device_with("nmea")).empty());
}

TEST(Wxt, WindIsTheAverageOfItsMessage) {
  const auto weather = wxt("0R1,Dn=236D,Dm=283D,Dx=031D,Sn=0.0M,Sm=1.0M,Sx=2.2M");
  EXPECT_THAT(weather.wind_direction_deg, Optional(283.0));
  EXPECT_THAT(weather.wind_speed_m_s, Optional(1.0));
  EXPECT_EQ(weather.temperature_c, std::nullopt);
}

TEST(Wxt, PressureTemperatureAndHumidity) {
  const auto weather = wxt("0R2,Ta=23.6C,Ua=14.2P,Pa=1026.6H");
  EXPECT_THAT(weather.temperature_c, Optional(23.6));
  EXPECT_THAT(weather.humidity_percent, Optional(14.2));
  EXPECT_THAT(weather.pressure_hpa, Optional(1026.6));
}

TEST(Wxt, UnitLettersAreConverted) {
  const auto weather = wxt("0R0,Sm=18.0K,Ta=74.3F,Pa=1.0118B,Ri=0.1I");
  EXPECT_THAT(weather.wind_speed_m_s, Optional(DoubleNear(5.0, 1e-12)));
  EXPECT_THAT(weather.temperature_c, Optional(DoubleNear(23.5, 1e-9)));
  EXPECT_THAT(weather.pressure_hpa, Optional(DoubleNear(1011.8, 1e-9)));
  EXPECT_THAT(weather.rain_mm_h, Optional(DoubleNear(2.54, 1e-12)));
  EXPECT_THAT(wxt("0R2,Pa=101180P").pressure_hpa, Optional(DoubleNear(1011.8, 1e-9)));
  EXPECT_THAT(wxt("0R2,Pa=760.0M").pressure_hpa, Optional(DoubleNear(1013.25, 1e-9)));
  EXPECT_THAT(wxt("0R1,Sm=10.0N").wind_speed_m_s, Optional(DoubleNear(5.14444, 1e-5)));
}

TEST(Wxt, ATrailingHashMarksWhatIsInvalid) {
  const auto weather = wxt("0R1,Dn=000#,Dm=000#,Sm=0.0#");
  EXPECT_EQ(weather.wind_direction_deg, std::nullopt);
  EXPECT_EQ(weather.wind_speed_m_s, std::nullopt);
}

TEST(Wxt, UnknownUnitsAndHalfPairsMakeABadFrame) {
  for (const char* line : {"0R1,Dm=283X\r\n", "0R1,Dm=D\r\n", "0R1,Dm\r\n", "0R2,Ta=2x3C\r\n", "0R2,Ta=\r\n"}) {
    EXPECT_FALSE(decode_frame(device_with("wxt"), text(line))) << line;
  }
}

TEST(Wxt, AnswersToOtherQuestionsAndOtherMessagesAreForeign) {
  EXPECT_EQ(request_of(device_with("wxt")), text("0R0\r\n"));
  EXPECT_EQ(role_in(device_with("wxt"), text("0R0,Ta=1C\r\n")), Role::kAnswer);
  EXPECT_EQ(role_in(device_with("wxt"), text("0R2,Ta=1C\r\n")), Role::kForeign);
  EXPECT_EQ(role_in(device_with("wxt"), text("0R5,Th=1C\r\n")), Role::kForeign);
  EXPECT_EQ(role_in(device_with("wxt"), text("0TX,Start-up\r\n")), Role::kForeign);
  FrameSettings automatic;
  automatic.decoder = "wxt";
  automatic.request = "";
  EXPECT_EQ(role_in(device_with(automatic), text("0R2,Ta=1C\r\n")), Role::kReport);
  EXPECT_TRUE(request_of(device_with(automatic)).empty());
}

}  // namespace
}  // namespace exhaust::frame
