#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "daemon/capture/reader.hpp"
#include "daemon/registry/vehicles.hpp"

namespace exhaust::replay {

/// What the registry answered while a capture was made. An answer stands behind the frame that led to the question, so a
/// reader of its own goes ahead. Each answer is given once, to a question for the same plate and colour, in their order.
class CapturedVehicles final : public registry::Vehicles {
 public:
  explicit CapturedVehicles(capture::Reader reader) : reader_(std::move(reader)) {}

  std::optional<v1::Vehicle> find(std::string_view plate, std::string_view color) override;
  /// Questions that the capture has no answer to: it lost some, or this program asks otherwise.
  std::uint64_t unanswered() const { return unanswered_; }

 private:
  using Question = std::pair<std::string, std::string>;

  capture::Reader reader_;
  std::map<Question, std::deque<std::optional<v1::Vehicle>>> ahead_;  ///< read and not yet asked for
  std::uint64_t unanswered_ = 0;
};

}  // namespace exhaust::replay
