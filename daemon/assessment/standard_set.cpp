#include "daemon/assessment/standard_set.hpp"

#include <algorithm>

#include "daemon/assessment/applicability.hpp"
#include "daemon/assessment/assess.hpp"
#include "daemon/core/bytes.hpp"

namespace exhaust::assessment {

namespace {

bool share_a_day(const Standard& one, const Standard& other) {
  const auto ends_before = [](const Standard& first, const Standard& second) {
    return first.effective_until && *first.effective_until < second.effective_from;
  };
  return !ends_before(one, other) && !ends_before(other, one);
}

}  // namespace

StandardSet StandardSet::of_any_day(std::vector<Standard> standards) {
  for (auto& standard : standards) {
    standard.effective_from = std::chrono::year{1} / 1 / 1;
    standard.effective_until.reset();
  }
  return StandardSet(std::move(standards));
}

const Standard& StandardSet::select(const v1::Passage& passage) const {
  const auto day = day_of(passage);
  const Standard* first = nullptr;
  for (const auto& standard : standards_) {
    if (!in_force(standard, day)) continue;
    if (applies(standard, passage)) return standard;
    if (first == nullptr) first = &standard;
  }
  return first == nullptr ? standards_.front() : *first;
}

const Standard* StandardSet::with_hash(std::string_view hash) const {
  const auto found =
      std::ranges::find(standards_, hash, [](const Standard& standard) { return as_text(standard.hash); });
  return found == standards_.end() ? nullptr : &*found;
}

std::optional<std::string> StandardSet::conflict() const {
  for (auto one = standards_.begin(); one != standards_.end(); ++one) {
    for (auto other = std::next(one); other != standards_.end(); ++other) {
      if (one->id != other->id || !share_a_day(*one, *other)) continue;
      return "two standards have the id '" + one->id +
             "' and are in force on the same day: expected effective_until of one before effective_from of "
             "the other";
    }
  }
  return std::nullopt;
}

std::string StandardSet::names() const {
  std::string names;
  for (const auto& standard : standards_) names += (names.empty() ? "" : ", ") + standard.id;
  return names;
}

v1::Assessment assess(const v1::Passage& passage, const StandardSet& standards) {
  return assess(passage, standards.select(passage));
}

}  // namespace exhaust::assessment
