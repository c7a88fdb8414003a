#pragma once
// A JSON Schema made ready once, for the arguments of what plugins offer. Takes no schema from elsewhere.
#include <memory>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"

namespace valijson {
class Schema;
}

namespace dbmux {

class JsonSchema {
 public:
  // Keywords that need a regular expression (pattern, patternProperties, format) count as absent: a client
  // chooses the text, and the time and the stack that one takes are not bounded.
  // unsupported: not a schema, or one with references that lead out of it.
  static Result<JsonSchema> of(const JsonValue& schema);
  // What is wrong with the value, with its place: "amount: must be…"; nullopt when it fits. Any thread.
  std::optional<std::string> fault(const JsonValue&) const;

 private:
  explicit JsonSchema(std::shared_ptr<const valijson::Schema> schema) : schema_(std::move(schema)) {}
  std::shared_ptr<const valijson::Schema> schema_;
};

}  // namespace dbmux
