#include "daemon/registry/registry_import.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "daemon/core/gb18030.hpp"
#include "daemon/core/plate.hpp"
#include "daemon/core/utf8.hpp"
#include "daemon/registry/csv.hpp"
#include "daemon/registry/registry_writer.hpp"
#include "daemon/registry/vehicle_codes.hpp"

namespace exhaust::registry {

namespace {

enum Field : std::size_t { kPlate, kColor, kFuel, kPlateType, kStage, kUse, kType, kModel, kCategory, kFields };

struct FieldName {
  std::string_view name;
  Field field;
};
/// National names first (networking.md 3.4), then what people write. clxh is a model's name, but some put the type there.
constexpr std::array<FieldName, 45> kNames{{
    {"hphm", kPlate}, {"号牌号码", kPlate}, {"车牌号码", kPlate}, {"车牌号", kPlate}, {"车牌", kPlate}, {"plate", kPlate},
    {"cpys", kColor}, {"hpys", kColor}, {"号牌颜色", kColor}, {"车牌颜色", kColor}, {"color", kColor}, {"colour", kColor}, {"plate_color", kColor},
    {"rlzl", kFuel}, {"燃料种类", kFuel}, {"燃料类型", kFuel}, {"燃油类型", kFuel}, {"fuel", kFuel}, {"fuel_type", kFuel},
    {"hpzl", kPlateType}, {"号牌种类", kPlateType}, {"号牌类型", kPlateType}, {"plate_type", kPlateType},
    {"pfbzjd", kStage}, {"pfjd", kStage}, {"排放阶段", kStage}, {"排放标准", kStage}, {"排放标准阶段", kStage}, {"emission_stage", kStage},
    {"syxz", kUse}, {"使用性质", kUse}, {"use", kUse},
    {"cllx", kType}, {"车辆类型", kType}, {"vehicle_type", kType}, {"type", kType},
    {"clxh", kModel}, {"车辆型号", kModel}, {"model", kModel},
    {"category", kCategory}, {"cllb", kCategory}, {"车辆类别", kCategory}, {"vehicle_category", kCategory}, {"gb15089", kCategory}, {"mn_category", kCategory},
}};

/// More contradictions than this, and the colours were numbered by somebody else.
constexpr double kMostConflicts = 0.1;
/// A table of which so much cannot be kept is not what it was taken for; the old file is worth more.
constexpr double kMostRefused = 0.5;
constexpr std::uint64_t kReportEvery = 20'000;  // rows

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// For a report: no control characters, and not the whole of a long one.
std::string in_quotes(std::string_view text) {
  auto shown = is_utf8(text) ? std::string(text) : gb18030_to_utf8(text).utf8;
  std::erase_if(shown, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (const auto decoded = decode_utf8(shown); decoded && decoded->size() > 24) shown = encode_utf8(decoded->substr(0, 24)) + "...";
  return "'" + shown + "'";
}

/// A text that is cut at any byte.
bool is_utf8_so_far(std::string_view text) {
  for (std::size_t cut = 0; cut < 4 && cut <= text.size(); ++cut) {
    if (is_utf8(text.substr(0, text.size() - cut))) return true;
  }
  return false;
}

/// What the columns beside plate and colour come to; the same for very many rows.
struct Meaning {
  std::string refusal, refused_value;  ///< empty: kept
  std::uint32_t kind = 0;
  std::string_view type_color;         ///< the only one that such a plate comes in, by its hpzl
  bool not_kept[kFields] = {};
};

class Import {
 public:
  Import(std::istream& in, RegistryWriter writer, const ImportOptions& options)
      : reader_(in), writer_(std::move(writer)), options_(options) {}

  Result<ImportReport> run(const Progress& progress) {
    if (auto header = read_header(); !header) return std::unexpected(header.error());
    while (auto row = reader_.next(delimiter_)) {
      if (++report_.rows % kReportEvery == 0 && progress) progress(reader_.bytes());
      if (auto taken = take(*row); !taken) return std::unexpected(taken.error());
    }
    if (progress) progress(reader_.bytes());
    if (reader_.broken()) return fail(ErrorKind::kStorage, "the table could not be read to its end");
    return finish();
  }

 private:
  Result<void> read_header() {
    const auto wrong = [](const std::string& what) { return fail(ErrorKind::kBadFrame, "the table " + what); };
    const auto start = reader_.ahead();
    if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) return wrong("is UTF-16: save it as UTF-8 (CSV)");
    const bool marked = start.starts_with("\xEF\xBB\xBF");
    report_.gbk = !marked && (options_.coding == TextCoding::kGbk || (options_.coding == TextCoding::kTell && !is_utf8_so_far(start)));
    if (marked) reader_.skip(3);
    const auto line = start.substr(0, start.find('\n'));
    delimiter_ = line.contains('\t') ? '\t' : line.contains(';') && !line.contains(',') ? ';' : ',';
    const auto header = reader_.next(delimiter_);
    if (!header || header->damage != nullptr) return wrong("has no header: expected the names of its columns on the first line");
    for (std::size_t i = 0; i < header->fields.size(); ++i) {
      auto name = text(header->fields[i]);
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      const auto* known = std::ranges::find(kNames, name, &FieldName::name);
      if (known == kNames.end()) {
        if (!name.empty()) report_.unused_columns.push_back(recordable_text(name));
        continue;
      }
      if (at_[known->field]) return wrong("has two columns for the same: " + names_[known->field] + " and " + name);
      at_[known->field] = i;
      names_[known->field] = name;
      report_.columns[name];
    }
    width_ = header->fields.size();
    if (!at_[kPlate]) return wrong("names no column for the plate: expected hphm");
    if (!at_[kColor] && !at_[kPlateType]) return wrong("names no column for the plate's colour: expected cpys, or hpzl to tell it from");
    if (!at_[kFuel]) return wrong("names no column for the fuel: expected rlzl");
    return {};
  }

  Result<void> take(const CsvReader::Row& row) {
    if (row.damage != nullptr) return refuse(row.line, row.damage, "");
    if (row.fields.size() != width_) {
      reader_.again_from_next_line();
      return refuse(row.line, "has not as many fields as the header", std::to_string(row.fields.size()) + " of " + std::to_string(width_));
    }
    const auto* meaning = meaning_of(row);
    if (!meaning->refusal.empty()) return refuse(row.line, meaning->refusal, meaning->refused_value);
    const auto color = color_of(row, *meaning);
    if (color.empty()) {
      return refuse(row.line, at_[kColor] ? "the colour is not known" : "no colour follows from the kind of plate", in_quotes(raw(row, at_[kColor] ? kColor : kPlateType)));
    }
    const auto plate = parse_plate(text(raw(row, kPlate)), color);
    if (plate.plate_class == "unknown" || plate.plate_class == "garbled") return refuse(row.line, "no plate looks like this", in_quotes(raw(row, kPlate)));
    if (plate.text.empty()) return refuse(row.line, "there is no plate", in_quotes(raw(row, kPlate)));
    const auto added = writer_.add(plate.text, color, meaning->kind);
    if (!added) return std::unexpected(added.error());
    if (!*added) return refuse(row.line, "the colour is not one that tells vehicles apart", in_quotes(raw(row, kColor)));
    const bool contradicts = !color_matches_class(color, plate.plate_class) ||
                             (plate.plate_class == "ordinary" && !meaning->type_color.empty() && meaning->type_color != color);
    report_.color_conflicts += contradicts ? 1 : 0;
    for (std::size_t i = 0; i < kFields; ++i) {
      if (meaning->not_kept[i]) not_kept(static_cast<Field>(i), row);
    }
    return {};
  }

  Result<ImportReport> finish() {
    const auto kept = report_.rows - report_.refused;
    if (kept == 0 && report_.refused == 0) return fail(ErrorKind::kBadFrame, "the table has no vehicle");
    if (static_cast<double>(report_.refused) > kMostRefused * static_cast<double>(report_.rows)) {
      return fail(ErrorKind::kBadFrame, std::to_string(report_.refused) + " of " + std::to_string(report_.rows) + " rows cannot be kept: " + most_common_refusal());
    }
    if (static_cast<double>(report_.color_conflicts) > kMostConflicts * static_cast<double>(kept)) {
      return fail(ErrorKind::kBadFrame, "the colours of " + std::to_string(report_.color_conflicts) + " of " + std::to_string(kept) +
                                            " plates contradict the plates: were they numbered by somebody else (--colors)?");
    }
    auto written = writer_.commit({options_.source, options_.made_at, report_.rows, report_.refused});
    if (!written) return std::unexpected(written.error());
    report_.vehicles = written->vehicles;
    report_.duplicates = written->duplicates;
    report_.bytes = written->bytes;
    report_.contents = written->contents;
    return std::move(report_);
  }

  std::string most_common_refusal() const {
    const auto most = std::ranges::max_element(report_.reasons, {}, [](const auto& reason) { return reason.second; });
    const auto of_it = std::ranges::find_if(report_.first_refused, [&](const auto& refused) { return refused.reason.starts_with(most->first); });
    return most->first + (of_it == report_.first_refused.end() ? "" : ", such as line " + std::to_string(of_it->line) + ": " + of_it->reason);
  }

  std::string_view raw(const CsvReader::Row& row, Field field) const {
    return at_[field] ? trimmed(row.fields[*at_[field]]) : std::string_view();
  }
  std::string text(std::string_view bytes) const {
    bytes = trimmed(bytes);
    return report_.gbk && !is_ascii(bytes) ? gb18030_to_utf8(bytes).utf8 : std::string(bytes);
  }

  const Meaning* meaning_of(const CsvReader::Row& row) {
    key_.clear();
    for (const auto field : {kFuel, kPlateType, kStage, kUse, kType, kModel, kCategory}) key_.append(raw(row, field)).push_back('\n');
    if (const auto known = meanings_.find(key_); known != meanings_.end()) return &known->second;
    if (meanings_.size() >= kMostMeanings) meanings_.clear();
    return &meanings_.emplace(key_, read_meaning(row)).first->second;
  }

  Meaning read_meaning(const CsvReader::Row& row) {
    Meaning meaning;
    v1::Vehicle vehicle;
    const auto fuel_text = text(raw(row, kFuel));
    const auto fuel = fuel_text.empty() ? std::optional<std::string>("") : fuel_of_code(fuel_text);
    if (!fuel) {
      meaning.refusal = "the fuel is not known";
      meaning.refused_value = in_quotes(fuel_text);
      return meaning;
    }
    vehicle.set_fuel(*fuel == "unknown" ? "" : *fuel);
    const auto keep = [&](Field field, auto read, std::string& to) {
      const auto value = text(raw(row, field));
      if (value.empty()) return;
      auto code = read(value);
      meaning.not_kept[field] = !code;
      if (code) to = std::move(*code);
    };
    keep(kPlateType, plate_type_of_code, *vehicle.mutable_plate_type());
    keep(kStage, emission_stage_of_code, *vehicle.mutable_emission_stage());
    keep(kUse, use_of_code, *vehicle.mutable_use());
    keep(kCategory, category_of_code, *vehicle.mutable_category());
    keep(kType, type_of_code, *vehicle.mutable_type());
    if (vehicle.type().empty()) keep(kModel, type_of_code, *vehicle.mutable_type());
    meaning.not_kept[kModel] = false;  // it is a name, and none is kept
    if (const auto* type = find_plate_type(vehicle.plate_type())) meaning.type_color = type->color;
    const auto kind = writer_.kind(vehicle);
    if (!kind) {
      meaning.refusal = "there are more kinds of vehicles than a registry holds";
      return meaning;
    }
    meaning.kind = *kind;
    return meaning;
  }

  std::string_view color_of(const CsvReader::Row& row, const Meaning& meaning) const {
    const auto given = raw(row, kColor);
    if (given.empty()) return meaning.type_color;
    const auto color = is_ascii(given) ? color_of_code(options_.colors, given) : color_of_code(options_.colors, text(given));
    return color.value_or("");
  }

  Result<void> refuse(std::uint64_t line, const std::string& reason, const std::string& value) {
    ++report_.refused;
    ++report_.reasons[reason];
    if (report_.first_refused.size() < options_.shown) report_.first_refused.push_back({line, reason + (value.empty() ? "" : ": " + value)});
    return {};
  }

  void not_kept(Field field, const CsvReader::Row& row) {
    auto& column = report_.columns[names_[field]];
    if (column.not_kept++ > 0) return;
    column.first_line = row.line;
    column.first_value = in_quotes(raw(row, field));
  }

  static constexpr std::size_t kMostMeanings = 100'000;

  CsvReader reader_;
  RegistryWriter writer_;
  const ImportOptions& options_;
  ImportReport report_;
  char delimiter_ = ',';
  std::size_t width_ = 0;
  std::array<std::optional<std::size_t>, kFields> at_{};
  std::array<std::string, kFields> names_;
  std::unordered_map<std::string, Meaning> meanings_;
  std::string key_;
};

}  // namespace

Result<ImportReport> import_csv(std::istream& in, const std::filesystem::path& into, const ImportOptions& options, const Progress& progress) {
  auto writer = RegistryWriter::begin(into);
  if (!writer) return std::unexpected(writer.error());
  return Import(in, std::move(*writer), options).run(progress);
}

}  // namespace exhaust::registry
