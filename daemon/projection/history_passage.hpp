#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "daemon/projection/repetition.hpp"
#include "exhaust/v1/passage.pb.h"

/// What the history keeps of a passage. Pure functions; internal to this folder.
namespace exhaust::projection {

/// Pollutants as bits: 1 << Result.Pollutant.
using PollutantMask = std::uint32_t;

struct KeptPassage {
  std::int64_t detected_us = 0;  ///< UTC
  std::uint32_t lane = 0;
  std::uint32_t rule = 0;        ///< index into the rules
  PollutantMask passed = 0;      ///< judged, with a value, not exceeded
  PollutantMask exceeded = 0;    ///< judged and exceeded
};

/// Why a passage says nothing about repetition: a word, counted.
using Skipped = const char*;

/// What repetition needs of it, or why it needs nothing.
std::expected<KeptPassage, Skipped> kept(const v1::Passage& passage, std::span<const Rule> rules);

/// The exceeded results alone, as bytes; and what they and a mask say.
std::string exceeded_bytes(const v1::Assessment& assessment);
std::vector<Judged> judged(PollutantMask passed, std::string_view exceeded_bytes);

}  // namespace exhaust::projection
