// SPDX-License-Identifier: MIT-0
#include "check/options.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <functional>

#include "check/throwing_valijson.hpp"
#include "check/verdict.hpp"

namespace dbmux::check {
namespace {

using Json = rapidjson::Value;
using Document = rapidjson::Document;

constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

std::string_view text_of(const Json& v) { return {v.GetString(), v.GetStringLength()}; }

const Json* member(const Json& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

bool is_secret(const Json* spec) {
  const Json* flag = spec ? member(*spec, "x-dbmux-secret") : nullptr;
  return flag && flag->IsTrue();
}

const Json* spec_of(const Json* schema, const char* name) {
  const Json* properties = schema ? member(*schema, "properties") : nullptr;
  return properties ? member(*properties, name) : nullptr;
}

using Visit = std::function<void(const std::string& path, Json& value, const Json* spec)>;

// Every value that is no object, with its dotted path and what the schema says of it.
void each_option(Json& object, const Json* schema, const std::string& path, const Visit& visit) {
  for (auto& m : object.GetObject()) {
    const std::string name = path + m.name.GetString();
    const Json* spec = spec_of(schema, m.name.GetString());
    if (m.value.IsObject())
      each_option(m.value, spec, name + ".", visit);
    else
      visit(name, m.value, spec);
  }
}

std::string json_text(const Json& v) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer out(buffer);
  v.Accept(out);
  return {buffer.GetString(), buffer.GetSize()};
}

Option option_of(const std::string& name, const Json& v) {
  Option o;
  o.name = name;
  if (v.IsBool()) {
    o.value.kind = DBMUX_BOOL;
    o.value.u.i64 = v.GetBool() ? 1 : 0;
  } else if (v.IsInt64()) {
    o.value.kind = DBMUX_I64;
    o.value.u.i64 = v.GetInt64();
  } else if (v.IsNumber()) {
    o.value.kind = DBMUX_F64;
    o.value.u.f64 = v.GetDouble();
  } else {
    o.value.kind = v.IsString() ? DBMUX_TEXT : DBMUX_JSON;
    o.has_text = true;
    o.text = v.IsString() ? std::string(text_of(v)) : json_text(v);
  }
  return o;
}

Document object_from(const std::string& text, const char* what) {
  Document doc;
  doc.Parse<kFlags>(text.data(), text.size());
  if (doc.HasParseError())
    fail(std::string(what) + " is a JSON object",
         std::string(rapidjson::GetParseError_En(doc.GetParseError())) + " At byte " +
             std::to_string(doc.GetErrorOffset()) + ".");
  expect(doc.IsObject(), std::string(what) + " is a JSON object", "another JSON value");
  return doc;
}

std::string problem_with(const Document& schema, const Document& options) {
  try {
    valijson::Schema compiled;
    valijson::SchemaParser().populateSchema(valijson::adapters::RapidJsonAdapter(schema), compiled);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled, valijson::adapters::RapidJsonAdapter(options), &results)) return {};
    valijson::ValidationResults::Error error;
    std::string path;
    if (!results.popError(error)) return "the schema refuses it";
    for (const auto& part : error.context) path += part;
    return path + ": " + error.description;
  } catch (const std::exception& e) {
    return e.what();
  }
}

std::string missing_options(const Document& schema) {
  std::string names;
  if (const Json* required = member(schema, "required"); required && required->IsArray())
    for (const auto& name : required->GetArray())
      if (name.IsString()) names += (names.empty() ? "" : ", ") + std::string(text_of(name));
  return names;
}

void take(const Json* from, const char* name, std::optional<std::string>& to) {
  const Json* text = from ? member(*from, name) : nullptr;
  if (text && text->IsString()) to = text_of(*text);
  if (text && text->IsNull()) to.reset();
}

void take_all(const Json* from, Statements& s) {
  take(from, "echo", s.echo);
  take(from, "rows", s.rows);
  take(from, "slow", s.slow);
  take(from, "wrong", s.wrong);
  take(from, "write", s.write);
}

// Of any SQL that knows derived tables; an engine that wants a FROM brings its own.
Statements sql_statements(std::string placeholder) {
  std::string digits = "(SELECT 0 AS n";
  for (int i = 1; i < 10; ++i) digits += " UNION ALL SELECT " + std::to_string(i);
  digits += ")";
  std::string rows = "SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n FROM";
  for (const char name : {'a', 'b', 'c', 'd'})
    rows += (name == 'a' ? " " : " CROSS JOIN ") + digits + " " + name;
  rows += " ORDER BY 1";
  std::string slow = "SELECT count(*) AS n FROM";
  for (char name = 'a'; name <= 'l'; ++name)
    slow += (name == 'a' ? " " : " CROSS JOIN ") + digits + " " + name;
  if (placeholder.empty()) placeholder = "?";
  return {"SELECT " + placeholder + " AS v", rows, slow, "SELEC 1", "CREATE TABLE dbmux_check_wrote (n int)"};
}

Statements statements_of(const dbmux_plugin& plugin, const Document& schema, const std::string& given) {
  Statements s;
  s.wrong = "dbmux plugin check: this is no statement }{";
  const Json* query = member(schema, "x-dbmux-query");
  const Json* params = member(schema, "x-dbmux-params");
  const bool sql = std::string_view(plugin.languages[0]) == "sql" ||
                   (query && query->IsString() && text_of(*query) == "SQL");
  if (sql) s = sql_statements(params && params->IsString() ? std::string(text_of(*params)) : "");
  take_all(member(schema, "x-dbmux-check"), s);
  if (!given.empty()) {
    const Document own = object_from(given, "--statements");
    take_all(&own, s);
  }
  return s;
}

void inspect_keyword(const Document& schema, const char* name, bool (*right)(const Json&),
                     const char* expected) {
  const Json* value = member(schema, name);
  expect(!value || right(*value), std::string(name) + " is " + expected,
         value ? json_text(*value).substr(0, 100) : "");
}

bool is_text(const Json& v) { return v.IsString(); }
bool is_object(const Json& v) { return v.IsObject(); }
bool is_texts(const Json& v) {
  if (!v.IsArray()) return false;
  for (const auto& one : v.GetArray())
    if (!one.IsString()) return false;
  return true;
}
bool is_flag(const Json& v) { return v.IsBool(); }
bool is_path_kind(const Json& v) { return v.IsString() && (text_of(v) == "file" || text_of(v) == "dir"); }

void inspect_properties(const Json& schema, const std::string& path) {
  const Json* properties = member(schema, "properties");
  if (!properties) return;
  expect(properties->IsObject(), "properties of the schema are an object", "another JSON value");
  const std::pair<const char*, bool (*)(const Json&)> rules[] = {
      {"x-dbmux-env", is_texts},        {"x-dbmux-alias", is_texts},    {"x-dbmux-secret", is_flag},
      {"x-dbmux-host", is_flag},        {"x-dbmux-path", is_path_kind}, {"x-dbmux-dsn", is_text},
      {"x-dbmux-entra-scope", is_text}, {"description", is_text}};
  for (const auto& property : properties->GetObject()) {
    const std::string name = path + property.name.GetString();
    for (const auto& [keyword, right] : rules)
      if (const Json* value = member(property.value, keyword))
        expect(right(*value), std::string(keyword) + " of an option is of the form that plugin.h names",
               name + ": " + json_text(*value).substr(0, 100));
    inspect_properties(property.value, name + ".");
  }
}

}  // namespace

std::string fault_of_schema(const Json& schema) {
  try {
    valijson::Schema compiled;
    valijson::SchemaParser().populateSchema(valijson::adapters::RapidJsonAdapter(schema), compiled);
    return {};
  } catch (const std::exception& e) {
    return *e.what() ? e.what() : "no reason given";
  }
}

Document parse_schema(const char* text) {
  Document schema = object_from(text, "config_schema");
  const auto fault = fault_of_schema(schema);
  expect(fault.empty(), "config_schema is a JSON Schema", fault);
  const Json* type = member(schema, "type");
  expect(type && type->IsString() && text_of(*type) == "object", "config_schema describes an object",
         type ? json_text(*type) : "it has no type", "Write {\"type\":\"object\",…}.");
  for (const char* name : {"x-dbmux-query", "x-dbmux-params", "x-dbmux-default-schema", "x-dbmux-folds",
                           "x-dbmux-engine-decides", "x-dbmux-items-if"})
    inspect_keyword(schema, name, is_text, "text");
  inspect_keyword(schema, "x-dbmux-env-hide", is_texts, "a list of texts");
  inspect_keyword(schema, "x-dbmux-check", is_object, "an object");
  inspect_properties(schema, "");
  return schema;
}

Setup make_setup(const dbmux_plugin& plugin, const Document& schema, const std::string& config,
                 const std::string& statements) {
  Setup setup;
  setup.language = plugin.languages[0];
  setup.statements = statements_of(plugin, schema, statements);
  std::string text = config;
  const Json* own = member(schema, "x-dbmux-check");
  const Json* own_options = own ? member(*own, "options") : nullptr;
  if (text.empty() && own_options) text = json_text(*own_options);
  Document options = object_from(text.empty() ? "{}" : text, "--config");
  each_option(options, &schema, "", [&](const std::string& path, Json& value, const Json* spec) {
    if (is_secret(spec) && value.IsString()) {
      setup.secrets[path] = text_of(value);
      value.SetString("secret", options.GetAllocator());
      Option o{path, {}, true, path};
      o.value.kind = DBMUX_TEXT;
      setup.options.push_back(std::move(o));
    } else if (!value.IsNull()) {
      setup.options.push_back(option_of(path, value));
    }
  });
  const std::string problem = problem_with(schema, options);
  if (problem.empty()) return setup;
  if (text.empty())
    setup.missing = "the plugin needs options (" + missing_options(schema) + "): give them with --config";
  else
    fail("--config is what the plugin's option schema allows", printable(problem),
         "Options are spelled as in the schema, not by their aliases.");
  return setup;
}

std::vector<std::string> secret_values(std::string_view schema_text, std::string_view config) {
  std::vector<std::string> out;
  Document schema, options;
  schema.Parse<kFlags>(schema_text.data(), schema_text.size());
  options.Parse<kFlags>(config.data(), config.size());
  if (options.HasParseError() || !options.IsObject()) return out;
  const Json* known = !schema.HasParseError() && schema.IsObject() ? &schema : nullptr;
  each_option(options, known, "", [&](const std::string&, Json& value, const Json* spec) {
    if (is_secret(spec) && value.IsString() && value.GetStringLength() > 0) out.emplace_back(text_of(value));
  });
  return out;
}

std::vector<std::string> hidden_variables(std::string_view schema_text) {
  std::vector<std::string> out;
  Document schema;
  schema.Parse<kFlags>(schema_text.data(), schema_text.size());
  if (schema.HasParseError() || !schema.IsObject()) return out;
  if (const Json* names = member(schema, "x-dbmux-env-hide"); names && is_texts(*names))
    for (const auto& name : names->GetArray()) out.emplace_back(text_of(name));
  return out;
}

}  // namespace dbmux::check
