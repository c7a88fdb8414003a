#include "operations/arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace dbmux {

namespace {

// What models write, and what we call it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kSynonyms{
    {{"sql", "query"},
     {"statement", "query"},
     {"table", "table_name"},
     {"tableName", "table_name"},
     {"collection", "table_name"},
     {"connection", "connectionId"},
     {"connection_id", "connectionId"},
     {"database", "connectionId"},
     {"parameters", "params"},
     {"max_rows", "limit"},
     {"maxRows", "limit"},
     {"searchTerm", "search_term"},
     {"term", "search_term"},
     {"pattern", "search_term"},
     {"schema_name", "schema"},
     {"plugin", "type"}}};
constexpr std::array<std::string_view, 7> kFilters{"where",   "filter",   "order_by", "orderBy",
                                                   "columns", "group_by", "sort"};

const Argument* find(std::span<const Argument> known, std::string_view name) {
  const auto at = std::find_if(known.begin(), known.end(), [&](const auto& a) { return a.name == name; });
  return at == known.end() ? nullptr : &*at;
}

const Argument* find_or_synonym(std::span<const Argument> known, std::string_view name) {
  if (const auto* a = find(known, name)) return a;
  for (const auto& [word, ours] : kSynonyms)
    if (word == name)
      if (const auto* a = find(known, ours)) return a;
  return nullptr;
}

std::optional<std::int64_t> as_integer(const JsonValue& v) {
  if (v.IsInt64()) return v.GetInt64();
  // Of a double, what it holds exactly: beyond 2^53 it may be a rounded number, or none of 64 bits.
  constexpr double kExact = 9007199254740992.0;
  if (v.IsDouble() && std::abs(v.GetDouble()) <= kExact && std::trunc(v.GetDouble()) == v.GetDouble())
    return static_cast<std::int64_t>(v.GetDouble());
  if (v.IsString()) {
    std::int64_t number = 0;
    const auto text = view(v);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return number;
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> as_duration(const JsonValue& v) {
  if (v.IsNumber() && v.GetDouble() > 0 && v.GetDouble() < 1e9)
    return std::chrono::milliseconds(static_cast<std::int64_t>(v.GetDouble() * 1000));
  return v.IsString() ? parse_duration(view(v)) : std::nullopt;
}

bool fits(const Argument& a, const JsonValue& v) {
  switch (a.type) {
    case Argument::Type::text:
      return v.IsString();
    case Argument::Type::integer:
      return as_integer(v).has_value();
    case Argument::Type::boolean:
      return v.IsBool();
    case Argument::Type::list:
      return v.IsArray();
    case Argument::Type::object:
      return v.IsObject();
    case Argument::Type::list_or_object:
      return v.IsArray() || v.IsObject();
    case Argument::Type::duration:
      return as_duration(v).has_value();
  }
  return false;
}

std::string_view type_in_words(Argument::Type type) {
  switch (type) {
    case Argument::Type::text:
      return "a string";
    case Argument::Type::integer:
      return "an integer";
    case Argument::Type::boolean:
      return "true or false";
    case Argument::Type::list:
      return "a list";
    case Argument::Type::object:
      return "an object";
    case Argument::Type::list_or_object:
      return "a list, or an object of named values";
    case Argument::Type::duration:
      return "a time such as \"45s\"";
  }
  return {};
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    out.emplace_back(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return out;
}

tl::unexpected<Error> unknown_argument(std::string_view face, std::span<const Argument> known,
                                       std::string_view name) {
  std::vector<std::string> names;
  for (const auto& a : known) names.emplace_back(a.name);
  Error e;
  e.category = Category::invalid;
  e.message = "argument '" + std::string(name) + "' unknown for " + std::string(face);
  e.did_you_mean = nearest(name, names);
  const bool filter = std::find(kFilters.begin(), kFilters.end(), name) != kFilters.end();
  if (filter && !find(known, "query"))
    e.message += "; use execute_query for filters.";
  else if (names.empty())
    e.message += "; it takes none.";
  else
    e.message += "; there are: " + joined(names, ", ") + ".";
  return fail(std::move(e));
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !(number > 0)) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const double factor = unit == "ms"                   ? 1
                        : unit == "s" || unit.empty()  ? 1000
                        : unit == "min" || unit == "m" ? 60'000
                                                       : 0;
  if (factor == 0 || number * factor > 1e12) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(number * factor));
}

Result<Arguments> Arguments::check(std::string_view face, std::span<const Argument> known,
                                   const JsonValue& given) {
  Arguments out;
  if (!given.IsObject()) return fail(Category::invalid, "arguments must be an object");
  for (const auto& m : given.GetObject()) {
    const auto name = view(m.name);
    const auto* argument = find_or_synonym(known, name);
    if (!argument) return unknown_argument(face, known, name);
    if (m.value.IsNull()) continue;
    if (!fits(*argument, m.value))
      return fail(Category::invalid, "argument '" + std::string(name) + "' of " + std::string(face) +
                                         " must be " + std::string(type_in_words(argument->type)) + ".");
    if (!argument->one_of.empty()) {
      const auto allowed = split(argument->one_of);
      if (std::find(allowed.begin(), allowed.end(), view(m.value)) == allowed.end())
        return fail(Category::invalid,
                    "argument '" + std::string(name) + "' must be one of: " + joined(allowed, ", ") + ".");
    }
    if (out.get(argument->name))
      return fail(Category::invalid, "argument '" + std::string(argument->name) +
                                         "' was given twice, once as '" + std::string(name) + "'.");
    out.values_.emplace_back(argument->name, &m.value);
  }
  for (const auto& a : known)
    if (a.required && !out.get(a.name))
      return fail(Category::invalid,
                  std::string(face) + " needs the argument '" + std::string(a.name) + "'.");
  return out;
}

const JsonValue* Arguments::get(std::string_view name) const {
  for (const auto& [key, value] : values_)
    if (key == name) return value;
  return nullptr;
}

std::string_view Arguments::text(std::string_view name, std::string_view otherwise) const {
  const auto* v = get(name);
  return v && v->IsString() ? view(*v) : otherwise;
}

std::optional<std::int64_t> Arguments::integer(std::string_view name) const {
  const auto* v = get(name);
  return v ? as_integer(*v) : std::nullopt;
}

bool Arguments::boolean(std::string_view name) const {
  const auto* v = get(name);
  return v && v->IsBool() && v->GetBool();
}

std::optional<std::chrono::milliseconds> Arguments::duration(std::string_view name) const {
  const auto* v = get(name);
  return v ? as_duration(*v) : std::nullopt;
}

std::string input_schema(std::span<const ListedArgument> arguments) {
  std::string properties, required;
  for (const auto& [argument, description, one_of] : arguments) {
    if (!properties.empty()) properties += ',';
    properties += json_quote(argument->name) + ":{";
    switch (argument->type) {
      case Argument::Type::text:
      case Argument::Type::duration:
        properties += R"("type":"string")";
        break;
      case Argument::Type::integer:
        properties += R"("type":"integer")";
        break;
      case Argument::Type::boolean:
        properties += R"("type":"boolean")";
        break;
      case Argument::Type::list:
      case Argument::Type::list_or_object:
        properties +=
            R"("type":"array","items":{"anyOf":[{"type":"string"},{"type":"number"},{"type":"boolean"},{"type":"null"}]})";
        break;
      case Argument::Type::object:
        properties += R"("type":"object")";
        break;
    }
    if (!one_of.empty()) {
      properties += R"(,"enum":[)";
      for (std::size_t i = 0; i < one_of.size(); ++i) properties += (i ? "," : "") + json_quote(one_of[i]);
      properties += ']';
    }
    if (!description.empty()) properties += R"(,"description":)" + json_quote(description);
    properties += '}';
    if (argument->required) required += (required.empty() ? "" : ",") + json_quote(argument->name);
  }
  std::string schema = R"({"type":"object","properties":{)" + properties + '}';
  if (!required.empty()) schema += R"(,"required":[)" + required + ']';
  return schema + '}';
}

}  // namespace dbmux
