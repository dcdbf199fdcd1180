#pragma once

#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/projection/accounts_rows.hpp"
#include "daemon/projection/accounts_settings.hpp"
#include "exhaust/v1/accounts.pb.h"

/// From what is stored to what is told: sums, rates, and a sentence for whatever does not close. Pure; internal to this folder.
namespace exhaust::projection {

/// Lines of one answer; of more, a shorter range is to be asked for.
inline constexpr std::size_t kMostAccountLines = 10'000;
/// Sentences of one kind; the last one tells of more.
inline constexpr int kMostAccountSentences = 100;

AccountsFilter filter_of(const v1::AccountsRequest& request);

/// Without position and newest_position. Error: kRefused, more lines than one answer takes.
Result<v1::AccountsReply> report(const AccountsRows& rows, const std::vector<v1::TierAccount>& tiers, bool by_hour,
                                 const AccountsSettings& settings);

}  // namespace exhaust::projection
