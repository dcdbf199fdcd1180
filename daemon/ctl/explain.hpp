#pragma once

#include <string>

#include "daemon/assessment/phrases.hpp"
#include "daemon/assessment/standard.hpp"
#include "exhaust/v1/entry.pb.h"

/// Records in words. Pure.
namespace exhaust::ctl {

/// Which record it is, and the passage's verdict with all that it rests on. REQUIRES: it has a passage.
std::string explanation(const v1::Record& record, const assessment::Standard& standard, const assessment::Speech& say);
/// What an entry is that has no verdict to explain, in one sentence.
std::string what_it_is(const v1::Record& record, const assessment::Speech& say);

/// "PASS -> NOT_JUDGED (electric)", as `assessment::change_between` puts it.
std::string turn_words(std::string_view was, std::string_view is, const assessment::Speech& say);
/// The same of one text with an arrow.
std::string turn_words(std::string_view turn, const assessment::Speech& say);

}  // namespace exhaust::ctl
