#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace exhaust::ctl {

/// Columns as wide as they must be, counted in terminal cells: a Chinese character takes two.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.size() == 1; }
  void print() const { print({}); }
  /// Columns are at least this wide: for lines that come one at a time.
  void print(std::vector<std::size_t> widths) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace exhaust::ctl
