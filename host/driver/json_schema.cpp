#include "driver/json_schema.hpp"
#include "driver/throwing_valijson.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dbmux {

namespace {

// "<root>", "[address]", "[2]" as address.2
std::string place(const std::vector<std::string>& context) {
  std::string path;
  for (std::string part : context) {
    if (part == "<root>") continue;
    if (part.size() > 2 && part.front() == '[') part = part.substr(1, part.size() - 2);
    path += (path.empty() ? "" : ".") + part;
  }
  return path;
}

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, const JsonValue& name) {
  return std::find(names.begin(), names.end(), view(name)) != names.end();
}

// In a schema; what is named alike among its properties stays.
void drop_expressions(JsonValue& schema) {
  constexpr std::array<std::string_view, 5> kByName{"properties", "$defs", "definitions", "dependentSchemas",
                                                    "dependencies"};
  constexpr std::array<std::string_view, 4> kValues{"enum", "const", "default", "examples"};
  if (schema.IsArray())
    for (auto& one : schema.GetArray()) drop_expressions(one);
  if (!schema.IsObject()) return;
  if (schema.HasMember("patternProperties")) schema.RemoveMember("additionalProperties");
  for (const char* name : {"pattern", "patternProperties", "format"}) schema.RemoveMember(name);
  for (auto& m : schema.GetObject()) {
    if (among(kValues, m.name)) continue;
    if (!among(kByName, m.name) || !m.value.IsObject()) {
      drop_expressions(m.value);
      continue;
    }
    for (auto& named : m.value.GetObject()) drop_expressions(named.value);
  }
}

}  // namespace

Result<JsonSchema> JsonSchema::of(const JsonValue& schema) {
  try {
    JsonDocument checked;
    checked.CopyFrom(schema, checked.GetAllocator());
    drop_expressions(checked);
    auto made = std::make_shared<valijson::Schema>();
    valijson::SchemaParser().populateSchema(valijson::adapters::RapidJsonAdapter(checked), *made);
    return JsonSchema(std::move(made));
  } catch (const std::exception& e) {
    return fail(Category::unsupported, e.what());
  }
}

std::optional<std::string> JsonSchema::fault(const JsonValue& value) const {
  try {
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(*schema_, valijson::adapters::RapidJsonAdapter(value), &results))
      return std::nullopt;
    valijson::ValidationResults::Error error;
    if (!results.popError(error)) return "it does not fit the schema";
    const auto path = place(error.context);
    return path.empty() ? error.description : path + ": " + error.description;
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace dbmux
