#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/assessment/standard.hpp"
#include "daemon/ctl/options.hpp"

namespace exhaust::ctl {

/// A standard and where it was found.
struct ShelvedStandard {
  assessment::Standard standard;
  std::filesystem::path file;
  std::size_t asked = 0;  ///< its place among those that the settings judge by; 0: not among them
};

/// All that this machine has: the shipped folder, and those that the settings name.
struct StandardsHere {
  std::vector<ShelvedStandard> standards;
  std::vector<std::string> mistakes;  ///< of files that cannot be read, and of the settings if there are any
};
StandardsHere standards_here(const Options& options);

/// Standards by the SHA-256 of their files, as records name them: those that a ledger tells of, else those of
/// this machine.
class StandardShelf {
 public:
  explicit StandardShelf(const Options& options) : options_(options) {}

  /// What a ledger's standard_text entry holds. A text that is no standard for this program is left out.
  void add(const std::string& text, const std::string& name);
  /// nullptr: not at hand.
  const assessment::Standard* with_hash(const std::string& hash);

 private:
  const Options& options_;
  std::map<std::string, assessment::Standard> by_hash_;
  bool looked_here_ = false;
};

}  // namespace exhaust::ctl
