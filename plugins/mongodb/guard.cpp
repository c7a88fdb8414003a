#include "guard.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <string>

#include "allow_list.hpp"

namespace dbmux::mongodb {

namespace {

// Sorted at compile time would be nicer; some 250 short names are found fast enough.
template <std::size_t N>
bool holds(const std::string_view (&list)[N], std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

kit::Failure writes(std::string_view what) {
  return kit::fail(DBMUX_E_READ_ONLY,
                   "'" + std::string(what) + "' is no reading, and only reading is allowed here")
      .object(std::string(what));
}

kit::Failure unknown(const char* kind, std::string_view what) {
  return kit::fail(DBMUX_E_NOT_UNDERSTOOD,
                   "the " + std::string(kind) + " '" + std::string(what) + "' is not known to only read")
      .object(std::string(what));
}

// Every name that starts with $, at any depth.
kit::Status check_operators(bson_iter_t at) {
  while (bson_iter_next(&at)) {
    const auto key = key_of(at);
    if (key.starts_with('$')) {
      if (holds(kWritingOperators, key)) return writes(key);
      if (!holds(kReadingOperators, key)) return unknown("operator", key);
    }
    bson_iter_t inside;
    if (enter(at, inside))
      if (auto checked = check_operators(inside); !checked) return checked;
    if (BSON_ITER_HOLDS_CODE(&at) || BSON_ITER_HOLDS_CODEWSCOPE(&at)) return writes("JavaScript");
  }
  return {};
}

const ReadingCommand* reading_command(std::string_view name) {
  const auto* found = std::find_if(std::begin(kReadingCommands), std::end(kReadingCommands),
                                   [&](const ReadingCommand& c) { return c.name == name; });
  return found == std::end(kReadingCommands) ? nullptr : found;
}

bool has_field(std::string_view fields, std::string_view name) {
  for (auto at = fields.find(name); at != std::string_view::npos; at = fields.find(name, at + 1)) {
    const bool starts = at == 0 || fields[at - 1] == ' ';
    const auto end = at + name.size();
    if (starts && (end == fields.size() || fields[end] == ' ')) return true;
  }
  return false;
}

kit::Status check_command(bson_iter_t at, bool explained) {
  if (!bson_iter_next(&at)) return kit::fail(DBMUX_E_INVALID, "the command is empty");
  const auto name = key_of(at);
  const auto* command = reading_command(name);
  if (!command) return holds(kWritingCommands, name) ? kit::Status(writes(name)) : unknown("command", name);
  if (explained && !command->explainable) return unknown("command to explain", name);
  bson_iter_t inside;
  if (name == "explain") {
    if (!BSON_ITER_HOLDS_DOCUMENT(&at) || !enter(at, inside))
      return kit::fail(DBMUX_E_INVALID, "explain takes a command");
    if (auto checked = check_command(inside, true); !checked) return checked;
  } else if (enter(at, inside)) {
    return unknown("command", name);
  }
  while (bson_iter_next(&at)) {
    const auto field = key_of(at);
    if (field != "$db" && !has_field(kFieldsOfAll, field) && !has_field(command->fields, field))
      return unknown("field", field);
  }
  return {};
}

}  // namespace

kit::Status check_reading(const bson_t* command) {
  bson_iter_t at;
  if (!bson_iter_init(&at, command)) return kit::fail(DBMUX_E_INVALID, "the command is damaged");
  if (auto checked = check_command(at, false); !checked) return checked;
  return check_operators(at);
}

kit::Status check_allowed(const bson_t* command) {
  bson_iter_t at;
  if (!bson_iter_init(&at, command) || !bson_iter_next(&at))
    return kit::fail(DBMUX_E_INVALID, "the command is empty")
        .hint(R"(for example {"find": "collection", "filter": {}})");
  const std::string name(key_of(at));
  if (name.starts_with('$'))
    return kit::fail(DBMUX_E_UNSUPPORTED, "a command starts with its own name, not with '" + name + "'")
        .hint(R"(for example {"aggregate": "collection", "pipeline": []})");
  if (holds(kDriversCommands, name))
    return kit::fail(DBMUX_E_UNSUPPORTED,
                     "'" + name + "' belongs to the connection, not to a command of yours")
        .object(name);
  while (bson_iter_next(&at)) {
    const std::string field(key_of(at));
    if (holds(kDriversFields, field))
      return kit::fail(DBMUX_E_UNSUPPORTED, "the field '" + field + "' belongs to the driver").object(field);
    if ((field == "tailable" || field == "awaitData") && bson_iter_as_bool(&at))
      return kit::fail(DBMUX_E_UNSUPPORTED, "a tailable cursor never ends").object(field);
  }
  bson_iter_t stage;
  if (find(command, "pipeline.0.$changeStream", stage))
    return kit::fail(DBMUX_E_UNSUPPORTED, "a change stream never ends").object("$changeStream");
  return {};
}

bool is_catalog_change(std::string_view command) { return holds(kCatalogCommands, command); }

}  // namespace dbmux::mongodb
