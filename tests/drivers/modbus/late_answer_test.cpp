// F02: an answer that comes after its time-out is never taken for the answer to another question. Real, short time-outs.
#include <gmock/gmock.h>

#include "tests/drivers/modbus/line_fixture.hpp"

namespace exhaust::modbus {
namespace {

using testing::Contains;
using testing::Field;
using Say = ScriptedPeer::Say;
using Says = std::vector<Say>;

/// The device lets `late` questions wait, then answers all of them in order, and is prompt from then on.
class Backlog {
 public:
  Backlog(Framing framing, std::size_t late, bool echoes_number = true)
      : framing_(framing), late_(late), echoes_number_(echoes_number) {}

  Says operator()(ByteView request) {
    asked_.emplace_back(request.begin(), request.end());
    if (!prompt_ && asked_.size() <= late_) return {};
    prompt_ = true;
    Says says;
    for (const auto& question : std::exchange(asked_, {})) {
      auto answer = honest_answer(framing_, question);
      if (!echoes_number_ && framing_ == Framing::kTcp) answer[0] = answer[1] = 0;
      says.push_back({std::move(answer), std::chrono::milliseconds(says.size() * 3)});
    }
    return says;
  }

 private:
  Framing framing_;
  std::size_t late_;
  bool echoes_number_;
  bool prompt_ = false;
  std::vector<Bytes> asked_;
};

class FieldFailure : public ModbusLineTest {
 protected:
  /// Asks for different registers in turn until five answers have come; each that comes is that of its question.
  void ask_until_answered() {
    patience.silent_after = 100;
    int answered = 0;
    for (std::uint16_t i = 0; i < 40 && answered < 5; ++i) {
      const auto first = static_cast<std::uint16_t>(100 * (i + 1));
      const auto registers = read(1, first, 2);
      if (!registers) continue;
      ++answered;
      EXPECT_EQ(*registers, honest(first, 2)) << "the answer to another question was taken";
    }
    EXPECT_EQ(answered, 5);
  }
};

struct LateCase {
  std::string name;
  Framing framing;
  bool pty;
  bool echoes_number;
  std::size_t late;
};
void PrintTo(const LateCase& shown, std::ostream* out) { *out << shown.name; }

class FieldFailureF02 : public FieldFailure, public testing::WithParamInterface<LateCase> {};

TEST_P(FieldFailureF02, LateAnswersAreNeverAttributed) {
  const auto& late = GetParam();
  ModbusLine line;
  if (!late.echoes_number) line.transaction_id = TransactionId::kIgnored;
  // The gateway keeps its backlog over our reconnecting.
  auto backlog = std::make_shared<Backlog>(late.framing, late.late, late.echoes_number);
  connect(late.framing, late.pty, [backlog](ByteView request) { return (*backlog)(request); }, line);
  ask_until_answered();
  EXPECT_GE(dropped["late_answers"], 1u);
}

std::vector<LateCase> late_cases() {
  std::vector<LateCase> cases;
  for (std::size_t late = 1; late <= 3; ++late) {
    const auto by = "LateBy" + std::to_string(late);
    cases.push_back({"Rtu" + by, Framing::kRtu, true, true, late});
    cases.push_back({"RtuOverTcp" + by, Framing::kRtu, false, true, late});
    cases.push_back({"Tcp" + by, Framing::kTcp, false, true, late});
    cases.push_back({"TcpWithoutNumbers" + by, Framing::kTcp, false, false, late});
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Modbus, FieldFailureF02, testing::ValuesIn(late_cases()),
                         [](const auto& one) { return one.param.name; });

TEST_P(FieldFailureF02, ADeviceThatIsAlwaysOneAnswerBehindGivesNoValueAtAll) {
  const auto& late = GetParam();
  ModbusLine line;
  if (!late.echoes_number) line.transaction_id = TransactionId::kIgnored;
  std::deque<Bytes> asked;
  connect(late.framing, late.pty, [&](ByteView request) -> Says {
    asked.emplace_back(request.begin(), request.end());
    if (asked.size() <= late.late) return {};
    auto answer = honest_answer(late.framing, asked.front());
    asked.pop_front();
    if (!late.echoes_number) answer[0] = answer[1] = 0;
    return {{std::move(answer)}};
  }, line);
  timeout = 15ms;
  for (std::uint16_t i = 0; i < 8; ++i) EXPECT_FALSE(read(1, static_cast<std::uint16_t>(100 * (i + 1)), 2));
  EXPECT_GE(dropped["late_answers"], 1u);
}

TEST_F(FieldFailure, F02LateTcpAnswerDropsTheConnectionAndLeavesTheValueMissing) {
  int asked = 0;
  tcp([&asked](ByteView request) -> Says {
    if (++asked == 2) {
      Bytes earlier(request.begin(), request.end());
      --earlier[1];
      return {{honest_answer(Framing::kTcp, earlier, 7)}};
    }
    return {{honest_answer(Framing::kTcp, request)}};
  });
  EXPECT_EQ(*read(1, 10, 2), honest(10, 2));
  const auto late = read(1, 20, 2);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(*read(1, 30, 2), honest(30, 2));
  EXPECT_EQ(peer->connections(), 2);
  EXPECT_EQ(dropped["late_answers"], 1u);
}

TEST_F(FieldFailure, F02WhatComesBetweenTwoTcpRequestsIsDroppedBeforeTheNextOne) {
  tcp([](ByteView request) -> Says {
    return {{honest_answer(Framing::kTcp, request)}, {honest_answer(Framing::kTcp, request, 9)}};
  });
  EXPECT_EQ(*read(1, 10, 2), honest(10, 2));
  std::this_thread::sleep_for(10ms);
  EXPECT_EQ(*read(1, 20, 2), honest(20, 2));
  EXPECT_EQ(dropped["late_answers"], 1u);
}

TEST_F(FieldFailure, F02LateRtuAnswerOfOneUnitIsNotThatOfAnother) {
  int asked = 0;
  rtu([&asked](ByteView request) -> Says {
    if (request[0] == 5 && ++asked == 1) return {{honest_answer(Framing::kRtu, request, 3), 35ms}};
    return {{honest_answer(Framing::kRtu, request), request[0] == 6 ? 15ms : 0ms}};
  });
  EXPECT_EQ(read(5, 10, 2).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(*read(6, 10, 2), honest(10, 2));
  EXPECT_EQ(dropped["late_answers"], 1u);
  EXPECT_EQ(*read(5, 40, 2), honest(40, 2));
  EXPECT_EQ(peer->requests().size(), 3u) << "the late answer was seen: nothing is owed any more, no other question is needed";
}

TEST_F(FieldFailure, F02AfterATimeOutAnRtuUnitIsFirstAskedSomethingThatLooksDifferent) {
  int asked = 0;
  rtu([&asked](ByteView request) -> Says {
    return ++asked == 1 ? Says{} : Says{{honest_answer(Framing::kRtu, request)}};
  });
  EXPECT_EQ(read(1, 10, 2).error().kind, ErrorKind::kTimeout);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(*read(1, 20, 2), honest(20, 2));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, timeout - 5ms) << "the guard's time";
  const auto requests = peer->requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(read_question(Framing::kRtu, requests[1])->range, (RegisterRange{20, 1}));
  EXPECT_THAT(frames, Contains(Field(&BusFrame::bytes, requests[1]))) << "told like every other frame";
}

TEST_F(FieldFailure, F02BehindWhatLooksLikeADamagedAnswerTheRealOneMayStillCome) {
  timeout = 200ms;
  int asked = 0;
  rtu([&asked](ByteView request) -> Says {
    auto damaged = honest_answer(Framing::kRtu, request, 5);
    damaged.back() ^= 0xFF;
    if (++asked == 1) return {{damaged}, {honest_answer(Framing::kRtu, request), 60ms}};
    return {{honest_answer(Framing::kRtu, request), 80ms}};  // one after the other
  });
  EXPECT_EQ(read(1, 10, 2).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(*read(1, 20, 2), honest(20, 2));
  EXPECT_EQ(dropped["bad_crc"], 1u);
  EXPECT_EQ(dropped["late_answers"], 1u);
}

TEST_F(FieldFailure, F02AnExceptionIsNoValueAndKeepsTheConnection) {
  tcp([](ByteView request) -> Says {
    return {{request[9] == 10 ? exception_answer(Framing::kTcp, request, 6) : honest_answer(Framing::kTcp, request)}};
  });
  const auto busy = read(1, 10, 2);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().kind, ErrorKind::kRefusedByDevice);
  EXPECT_THAT(busy.error().detail, testing::HasSubstr("later"));
  EXPECT_EQ(*read(1, 20, 2), honest(20, 2));
  EXPECT_EQ(peer->connections(), 1);
}

}  // namespace
}  // namespace exhaust::modbus
