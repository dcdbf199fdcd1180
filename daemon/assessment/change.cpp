#include "daemon/assessment/change.hpp"

#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace exhaust::assessment {

namespace {

using google::protobuf::FieldDescriptor;

/// So that equal texts are equal numbers.
std::string exactly(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

struct Value {
  std::string name, text;
};

/// Every number that is there, of fields to come too; a slope's by the slope's name.
void add_numbers(const google::protobuf::Message& message, const std::string& prefix,
                 std::vector<Value>& to) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    const auto name = prefix + std::string(field->name());
    if (field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE)
      to.push_back({name, exactly(reflection.GetDouble(message, field))});
    else if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32)
      to.push_back({name, std::to_string(reflection.GetUInt32(message, field))});
    else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      add_numbers(reflection.GetMessage(message, field), name + ".", to);
  }
}

std::vector<Value> values_of(const v1::Assessment& assessment) {
  std::vector<Value> values;
  add_numbers(assessment, "", values);
  for (const auto& result : assessment.results()) {
    const auto name =
        v1::Result::Pollutant_Name(result.pollutant()) + " " + v1::Result::Role_Name(result.role());
    if (result.has_value()) values.push_back({name + " value", exactly(result.value())});
    if (result.has_limit()) values.push_back({name + " limit", exactly(result.limit())});
    if (result.has_compared()) values.push_back({name + " compared", exactly(result.compared())});
    values.push_back({name + " exceeded", result.exceeded() ? "yes" : "no"});
  }
  return values;
}

std::vector<Turned> turned(const std::vector<Value>& was, const std::vector<Value>& is) {
  std::vector<Turned> all;
  const auto in = [](const std::vector<Value>& values, const std::string& name) {
    const auto found = std::ranges::find(values, name, &Value::name);
    return found == values.end() ? std::string("-") : found->text;
  };
  for (const auto& value : was) {
    const auto now = in(is, value.name);
    if (now != value.text) all.push_back({value.name, value.text, now});
  }
  for (const auto& value : is) {
    if (in(was, value.name) == "-") all.push_back({value.name, "-", value.text});
  }
  return all;
}

std::vector<std::string> reasons_not_in(const v1::Validity& other, const v1::Validity& of) {
  std::vector<std::string> names;
  for (const int reason : of.reasons()) {
    if (std::ranges::find(other.reasons(), reason) != other.reasons().end()) continue;
    names.push_back(v1::Validity::Reason_Name(static_cast<v1::Validity::Reason>(reason)));
  }
  return names;
}

std::string verdict_of(const v1::Assessment& assessment) {
  const auto& why = assessment.not_judged_reason();
  return v1::Verdict_Name(assessment.verdict()) + (why.empty() ? "" : " (" + why + ")");
}

std::string arrow(const Turned& turn) {
  return turn.was + " -> " + turn.is;
}

}  // namespace

Change change_between(const v1::Assessment& was, const v1::Assessment& is) {
  Change change;
  if (verdict_of(was) != verdict_of(is))
    change.verdict.push_back({"verdict", verdict_of(was), verdict_of(is)});
  if (was.flagged() != is.flagged())
    change.flagged.push_back({"flagged", was.flagged() ? "yes" : "no", is.flagged() ? "yes" : "no"});
  change.reasons_gone = reasons_not_in(is.validity(), was.validity());
  change.reasons_new = reasons_not_in(was.validity(), is.validity());
  change.values = turned(values_of(was), values_of(is));
  return change;
}

void ChangeTotals::add(const Change& change) {
  ++passages;
  changed += change.any() ? 1 : 0;
  verdict += change.verdict.empty() ? 0 : 1;
  flagged += change.flagged.empty() ? 0 : 1;
  reasons += change.reasons_gone.empty() && change.reasons_new.empty() ? 0 : 1;
  values += change.values.empty() ? 0 : 1;
  for (const auto& turn : change.verdict) ++verdicts[arrow(turn)];
  for (const auto& turn : change.flagged) ++flags[arrow(turn)];
  for (const auto& name : change.reasons_new) ++reason["+" + name];
  for (const auto& name : change.reasons_gone) ++reason["-" + name];
  for (const auto& turn : change.values) ++value[turn.name];
}

}  // namespace exhaust::assessment
