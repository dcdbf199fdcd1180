#pragma once

#include <string>
#include <vector>

#include "daemon/ctl/options.hpp"
#include "exhaust/v1/entry.pb.h"

/// Records as people read them, a line each.
namespace exhaust::ctl {

extern const std::vector<std::string> kRecordHead;
extern const std::vector<std::size_t> kRecordWidths;  ///< for lines that come one at a time

std::vector<std::string> record_row(const v1::Record& record);
/// One record, in the form that was asked for, at once.
void print_line(const Options& options, const v1::Record& record);

}  // namespace exhaust::ctl
