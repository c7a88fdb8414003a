// SPDX-License-Identifier: MIT-0
#pragma once
// From the plugin's option schema and what the user gave: the options for source_open(), the secrets, and the
// statements that the checks run.
#include <dbmux/plugin.h>
#include <rapidjson/document.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dbmux::check {

struct Option {
  std::string name;  // dotted path
  dbmux_value value{};
  bool has_text = false;
  std::string text = {};  // then value.u.ptr and value.len are still to be set
};

// What a plugin says of how it can be tested: the member x-dbmux-check of its schema. For SQL there are
// defaults.
struct Statements {
  std::optional<std::string> echo;   // answers its one positional parameter as its first cell
  std::optional<std::string> rows;   // answers 2,000 rows or more, the same each time
  std::optional<std::string> slow;   // runs for a minute or more, unless it is stopped
  std::optional<std::string> wrong;  // is refused by the engine
  std::optional<std::string> write;  // writes: never run but under READ_ONLY, which must refuse it
};

struct Setup {
  std::vector<Option> options;
  std::map<std::string, std::string> secrets;  // by the name that the plugin asks with
  Statements statements;
  std::string language;
  std::string missing;  // not empty: why no source can be opened
};

// Why valijson does not take it as a schema; "" where it does.
std::string fault_of_schema(const rapidjson::Value&);

// JSON Schema that valijson takes, and sound x-dbmux-* members; ends the check otherwise.
rapidjson::Document parse_schema(const char* text);

// config and statements are JSON objects as the user gave them, "" none. Ends the check when they are wrong.
Setup make_setup(const dbmux_plugin&, const rapidjson::Document& schema, const std::string& config,
                 const std::string& statements);

// For the parent, which never loads the plugin: values of secrets, to keep them out of the report, and
// x-dbmux-env-hide.
std::vector<std::string> secret_values(std::string_view schema, std::string_view config);
std::vector<std::string> hidden_variables(std::string_view schema);

}  // namespace dbmux::check
