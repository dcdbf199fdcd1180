#pragma once

#include <string>

#include "exhaust/v1/entry.pb.h"

/// Entries about other entries, as sentences.
namespace exhaust::ctl {

/// "A110119001 entry 17"
std::string words_of(const v1::Citation& citation);
std::string words_of(const v1::Determination& determination);
std::string words_of(const v1::DeterminationWithdrawn& withdrawn);
std::string words_of(const v1::Review& review);
std::string words_of(const v1::Amendment& amendment);
/// Empty for the other kinds.
std::string words_of(const v1::Record& record);

/// A determination is named by the first digits of its id.
std::string short_id(const std::string& id);
/// "2026-01-10 08:00:00", as clocks in China show it; empty when absent.
std::string china_time(const google::protobuf::Timestamp& time);

}  // namespace exhaust::ctl
