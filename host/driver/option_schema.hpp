#pragma once
// A plugin's option schema, flattened to dotted paths, with what its x-dbmux-* keywords say.
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "driver/plugin.hpp"

namespace dbmux {

struct OptionSpec {
  std::string path;                  // as the plugin spells it
  std::vector<std::string> aliases;  // x-dbmux-alias: further names in the place of the last part
  std::vector<std::string> env;      // x-dbmux-env, the first wins
  std::vector<std::string> types;    // JSON Schema's; empty = any
  std::vector<std::string> allowed;  // enum, where all are texts
  std::string path_kind;             // x-dbmux-path: file, dir, or ""
  std::string dsn;                   // x-dbmux-dsn: the part of a URL it takes, or ""
  bool secret = false;
  bool host = false;
  bool open = false;  // an object whose keys the schema does not name

  bool takes(std::string_view type) const;  // also true when any type will do
};

class OptionSchema {
 public:
  // Error (plugin): the plugin's schema is no JSON object.
  static Result<OptionSchema> of(const Descriptor&);

  const std::vector<OptionSpec>& options() const { return options_; }
  // By any spelling: snake_case, camelCase, alias; or the open object around it.
  const OptionSpec* find(std::string_view written) const;
  const JsonDocument& document() const { return document_; }
  bool required(std::string_view path) const;

 private:
  explicit OptionSchema(JsonDocument document) : document_(std::move(document)) {}
  void collect(const JsonValue& schema, const std::string& prefix);

  JsonDocument document_;
  std::vector<OptionSpec> options_;
};

}  // namespace dbmux
