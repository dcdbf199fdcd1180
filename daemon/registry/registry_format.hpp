#pragma once

/// The registry's file, format 1: docs/registry-format.md. Internal to this folder.
namespace exhaust::registry {

inline constexpr int kApplicationId = 0x45585652;  // "EXVR"
inline constexpr int kFormat = 1;

/// Kinds of vehicles that differ in anything but the plate. A real registry has some thousands.
inline constexpr std::uint32_t kMostKinds = 65'536;

inline constexpr const char* kSchema = R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE kind(kind INTEGER PRIMARY KEY, fuel TEXT NOT NULL, category TEXT NOT NULL, plate_type TEXT NOT NULL,
                  emission_stage TEXT NOT NULL, use TEXT NOT NULL, type TEXT NOT NULL, vehicles INTEGER NOT NULL);
CREATE TABLE vehicle(plate INTEGER PRIMARY KEY, kind INTEGER NOT NULL);
)";

}  // namespace exhaust::registry
