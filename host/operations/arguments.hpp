#pragma once
// The arguments of one face: a table that is both what a model is told (the input schema) and what is
// checked.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "driver/plugin.hpp"

namespace dbmux {

struct Argument {
  enum class Type { text, integer, boolean, list, object, list_or_object, duration };
  std::string_view name;
  Type type = Type::text;
  bool required = false;
  bool listed = true;                 // shown to models; others are accepted all the same
  std::string_view description = {};  // "{params}" and the like are filled in by the catalogue
  std::string_view one_of = {};       // comma-separated values of an enum
};

// Checked arguments. The JSON they came from must outlive them.
class Arguments {
 public:
  // invalid: not an object, an unknown name (with the nearest), a wrong type, a missing one. The words that
  // models use for our names (sql, table, connection, parameters, max_rows …) are accepted.
  static Result<Arguments> check(std::string_view face, std::span<const Argument> known,
                                 const JsonValue& given);

  const JsonValue* get(std::string_view name) const;  // nullptr when absent or null
  std::string_view text(std::string_view name, std::string_view otherwise = {}) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::optional<std::chrono::milliseconds> duration(
      std::string_view name) const;  // 45, "45s", "2min", "500ms"

 private:
  std::vector<std::pair<std::string_view, const JsonValue*>> values_;
};

// {"type":"object","properties":{…},"required":[…]}; descriptions as given.
struct ListedArgument {
  const Argument* argument;
  std::string description;
  std::vector<std::string> one_of;
};
std::string input_schema(std::span<const ListedArgument>);

// A JSON list (positional) or object (named) as statement parameters. {"type":"numeric","value":"1.50"} gives
// a type;
// {"type":"bytes","value":"<base64>"} binds bytes.
Result<std::vector<Param>> params_from(const JsonValue* params);

std::optional<std::chrono::milliseconds> parse_duration(std::string_view);

}  // namespace dbmux
