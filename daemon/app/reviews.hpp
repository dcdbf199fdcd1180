#pragma once

#include "daemon/core/time.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/projection/history.hpp"
#include "daemon/service/server.hpp"
#include "daemon/settings/settings.hpp"
#include "exhaust/v1/review.pb.h"
#include "exhaust/v1/station.pb.h"

namespace exhaust::app {

/// What the history of this tier's ledger is to do: the rules of its standards, the file beside the ledger.
projection::HistorySettings history_settings(const settings::Settings& settings);

/// Stores a person's word on an exceedance as an entry of our own; only passages that exceed can be reviewed. `answer` is
/// called on any thread, after the commit. Error: kRefused, with a sentence; kStorage.
/// The ledger and the clock outlive the answer.
void give_review(ledger::Ledger& ledger, const Clock& clock, const v1::ReviewRequest& request,
                 std::function<void(Result<v1::ReviewReply>)> answer);

/// `answer` is called on any thread.
void list_determinations(projection::History& history, const v1::DeterminationsRequest& request,
                         std::function<void(Result<v1::DeterminationsReply>)> answer);

void add_determinations(const projection::HistoryState& state, Position newest, const std::vector<projection::Rule>& rules,
                        v1::DeterminationsStatus& status);

}  // namespace exhaust::app
