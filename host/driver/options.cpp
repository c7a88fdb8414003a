#include "driver/options.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "driver/option_schema.hpp"
#include "driver/throwing_valijson.hpp"
#include "profile/keys.hpp"
#include "profile/scalar.hpp"

namespace dbmux {
namespace {

std::optional<bool> loose_boolean(std::string_view text) {
  for (std::string_view yes : {"true", "1", "yes", "on"})
    if (equal_ignoring_case(text, yes)) return true;
  for (std::string_view no : {"false", "0", "no", "off"})
    if (equal_ignoring_case(text, no)) return false;
  return std::nullopt;
}

std::string expected(const OptionSpec& spec) {
  std::vector<std::string> words;
  for (const std::string& type : spec.types)
    words.push_back(type == "boolean"   ? "true or false"
                    : type == "integer" ? "a whole number"
                    : type == "number"  ? "a number"
                    : type == "array"   ? "a list"
                    : type == "string"  ? "text"
                                        : type);
  return "expected " + joined(words, " or ");
}

class OptionReader {
 public:
  OptionReader(const ConnectionProfile& connection, const Descriptor& descriptor)
      : connection_(connection), descriptor_(descriptor) {}

  OptionReport run() {
    auto schema = OptionSchema::of(descriptor_);
    if (!schema) {
      add(connection_.origin, {}, schema.error().message);
      return std::move(report_);
    }
    schema_ = &*schema;
    values_.SetObject();
    for (const Option& option : connection_.options) read(option);
    if (!connection_.disabled) required();
    const auto leads = [](const OptionSpec& spec) { return spec.host && spec.dsn == "host"; };
    const auto& specs = schema_->options();
    if (!connection_.replicas.empty() && std::none_of(specs.begin(), specs.end(), leads))
      add(connection_.origin, "replicas",
          descriptor_.name + " is not reached by a host alone, so it has none");
    if (!any_error(report_.problems) && !connection_.disabled) validate();
    return std::move(report_);
  }

 private:
  void add(const Mark& mark, std::string_view option, std::string message,
           Problem::Severity severity = Problem::Severity::error) {
    std::string path = "connections." + connection_.name;
    if (!option.empty()) path += '.' + std::string(option);
    report_.problems.push_back({mark, std::move(path), std::move(message), severity});
  }

  void read(const Option& option) {
    const OptionSpec* spec = schema_->find(option.path);
    if (spec == nullptr) return unknown(option);
    const std::string path = spec->open ? option.path : spec->path;
    if (const auto [before, fresh] = seen_.emplace(path, &option); !fresh)
      return add(option.key, option.path,
                 "the same option as '" + before->second->path + "'" + line(before->second->key));
    if (option.secret) return secret(option, *spec, path, *option.secret);
    if (std::holds_alternative<std::monostate>(option.value.data)) return;
    if (spec->secret) return literal_secret(option, *spec, path);
    Value value = option.value;
    const bool free =
        spec->open && path != spec->path;  // within an object whose keys the schema does not name
    if (!free) coerce(*spec, value);
    if (!free && !fits(*spec, value)) return add(option.value.mark, option.path, expected(*spec));
    if (!allowed(option, *spec, value)) return;
    if (!spec->path_kind.empty() && !absolute(option, value)) return;
    put(path, json(value));
    report_.options.params.push_back(param(path, value));
  }

  static std::string line(const Mark& mark) {
    return mark.line > 0 ? " in line " + std::to_string(mark.line) : std::string();
  }

  void unknown(const Option& option) {
    if (option.path.starts_with("session."))
      return add(option.key, option.path, descriptor_.name + " has no settings of a call");
    std::vector<Candidate> there;
    const std::size_t dot = option.path.rfind('.');
    if (dot == std::string::npos) there = candidates(connection_keys());
    for (const OptionSpec& spec : schema_->options())
      there.push_back({spec.path, joined(spec.allowed, ", ")});
    add(option.key, option.path, unknown_key(option.path, there));
  }

  void secret(const Option& option, const OptionSpec& spec, const std::string& path, SecretSources sources) {
    if (!spec.takes("string")) return add(option.key, option.path, expected(spec) + ", which is not secret");
    put(path, JsonValue("secret"));
    Param made;
    made.name = path;
    made.kind = Kind::text;
    made.text = path;
    report_.options.params.push_back(std::move(made));
    report_.options.secrets[path] = std::move(sources);
  }

  void literal_secret(const Option& option, const OptionSpec& spec, const std::string& path) {
    if (std::holds_alternative<Value::List>(option.value.data) ||
        std::holds_alternative<Value::Map>(option.value.data))
      return add(option.key, option.path, "expected text, or a source such as {secret: env:NAME}");
    if (option.value.mark.line > 0 && !option.value.from_variable)
      add(option.value.mark, option.path,
          "a secret written into the profile; {secret: env:NAME} or {secret: file:PATH} keeps it out",
          Problem::Severity::warning);
    secret(option, spec, path, {{"literal:" + option.value.scalar}, option.value.mark});
  }

  // Text where the schema wants text although it looks like a number; where the value comes from a variable
  // or a URL, which know no types, also the other way round.
  static void coerce(const OptionSpec& spec, Value& value) {
    const bool nested =
        std::holds_alternative<Value::List>(value.data) || std::holds_alternative<Value::Map>(value.data);
    if (nested || spec.types.empty()) return;
    if (value.mark.line == 0 && spec.takes("boolean") && !spec.takes("string")) {
      if (const auto flag = loose_boolean(value.scalar)) value.data = *flag;
    } else if (spec.takes("string") && !fits(spec, value)) {
      value.data = value.scalar;
    }
  }

  static bool fits(const OptionSpec& spec, const Value& value) {
    return std::visit(
        [&](const auto& data) {
          using T = std::decay_t<decltype(data)>;
          if constexpr (std::is_same_v<T, bool>) return spec.takes("boolean");
          if constexpr (std::is_same_v<T, std::int64_t>) return spec.takes("integer") || spec.takes("number");
          if constexpr (std::is_same_v<T, double>) return spec.takes("number");
          if constexpr (std::is_same_v<T, std::string>) return spec.takes("string");
          if constexpr (std::is_same_v<T, Value::List>) return spec.takes("array");
          return true;
        },
        value.data);
  }

  bool allowed(const Option& option, const OptionSpec& spec, const Value& value) {
    constexpr std::size_t kLongest = 4096;  // what a pattern of the schema may be tried on
    const auto* text = std::get_if<std::string>(&value.data);
    if (text != nullptr && text->size() > kLongest) {
      add(option.value.mark, option.path, "longer than 4,096 bytes");
      return false;
    }
    if (spec.allowed.empty() || text == nullptr) return true;
    if (std::find(spec.allowed.begin(), spec.allowed.end(), *text) != spec.allowed.end()) return true;
    const auto near = nearest(*text, spec.allowed, 1);
    std::string message = "'" + std::string(utf8_prefix(*text, 40)) + "' is unknown; ";
    message += near.empty() ? "there are: " + joined(spec.allowed, ", ")
                            : "did you mean '" + near.front() + "'? (" + joined(spec.allowed, ", ") + ")";
    add(option.value.mark, option.path, std::move(message));
    return false;
  }

  // Names that begin with ':' are not files (":memory:"). What stands in the profile begins where the profile
  // lies.
  bool absolute(const Option& option, Value& value) {
    auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr || text->empty() || text->front() == ':' || text->front() == '/') return true;
    if (*text == "~" || text->starts_with("~/")) {
      add(option.value.mark, option.path, "'~' is not expanded; write ${HOME} instead");
      return false;
    }
    std::error_code error;
    const auto base = connection_.folder.empty() || option.value.mark.line == 0
                          ? std::filesystem::current_path(error)
                          : connection_.folder;
    *text = (base / *text).lexically_normal().string();
    return true;
  }

  JsonValue json(const Value& value) {
    auto& memory = values_.GetAllocator();
    JsonValue made;
    if (const auto* flag = std::get_if<bool>(&value.data)) made.SetBool(*flag);
    if (const auto* integer = std::get_if<std::int64_t>(&value.data)) made.SetInt64(*integer);
    if (const auto* number = std::get_if<double>(&value.data)) made.SetDouble(*number);
    if (const auto* text = std::get_if<std::string>(&value.data))
      made.SetString(text->data(), static_cast<rapidjson::SizeType>(text->size()), memory);
    if (const auto* list = std::get_if<Value::List>(&value.data)) {
      made.SetArray();
      for (const Value& item : *list) made.PushBack(json(item), memory);
    }
    if (const auto* map = std::get_if<Value::Map>(&value.data)) {
      made.SetObject();
      for (const auto& [name, item] : *map)
        made.AddMember(JsonValue(name.c_str(), memory), json(item), memory);
    }
    return made;
  }

  void put(std::string_view path, JsonValue value) {
    auto& memory = values_.GetAllocator();
    JsonValue* at = &values_;
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
      const std::string name(path.substr(0, dot));
      if (!at->IsObject()) return;
      if (!at->HasMember(name.c_str()))
        at->AddMember(JsonValue(name.c_str(), memory), JsonValue(rapidjson::kObjectType), memory);
      at = &(*at)[name.c_str()];
      path.remove_prefix(dot + 1);
    }
    if (at->IsObject()) at->AddMember(JsonValue(std::string(path).c_str(), memory), value, memory);
  }

  Param param(const std::string& path, const Value& value) {
    Param made;
    made.name = path;
    if (const auto* flag = std::get_if<bool>(&value.data)) {
      made.kind = Kind::boolean;
      made.i64 = *flag ? 1 : 0;
    } else if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
      made.kind = Kind::i64;
      made.i64 = *integer;
    } else if (const auto* number = std::get_if<double>(&value.data)) {
      made.kind = Kind::f64;
      made.f64 = *number;
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
      made.kind = Kind::text;
      made.text = *text;
    } else {
      made.kind = Kind::json;
      made.text = to_json(json(value));
    }
    return made;
  }

  void required() {
    for (const OptionSpec& spec : schema_->options())
      if (schema_->required(spec.path) && !seen_.contains(spec.path))
        add(connection_.origin, {}, "'" + spec.path + "' is missing");
  }

  // What is left of the schema: ranges, patterns, conditions.
  void validate() {
    try {
      valijson::Schema compiled;
      valijson::SchemaParser().populateSchema(valijson::adapters::RapidJsonAdapter(schema_->document()),
                                              compiled);
      valijson::Validator validator;
      valijson::ValidationResults results;
      if (validator.validate(compiled, valijson::adapters::RapidJsonAdapter(values_), &results)) return;
      valijson::ValidationResults::Error error;
      if (results.popError(error)) return refused(error);
      add(connection_.origin, {}, "the plugin's schema refuses these options");
    } catch (const std::exception& e) {
      add(connection_.origin, {},
          "the option schema of plugin '" + descriptor_.id + "' cannot be used: " + e.what());
    }
  }

  void refused(const valijson::ValidationResults::Error& error) {
    std::string path;
    for (std::string part : error.context) {
      if (part == "<root>") continue;
      if (part.size() > 2 && part.front() == '[') part = part.substr(1, part.size() - 2);
      path += (path.empty() ? "" : ".") + part;
    }
    const auto found = seen_.find(path);
    add(found != seen_.end() ? found->second->value.mark : connection_.origin,
        found != seen_.end() ? found->second->path : path, error.description);
  }

  const ConnectionProfile& connection_;
  const Descriptor& descriptor_;
  const OptionSchema* schema_ = nullptr;
  JsonDocument values_;
  std::map<std::string, const Option*, std::less<>> seen_;  // by the plugin's spelling
  OptionReport report_;
};

}  // namespace

OptionReport read_options(const ConnectionProfile& connection, const Descriptor& descriptor) {
  return OptionReader(connection, descriptor).run();
}

Result<CheckedOptions> check_options(const ConnectionProfile& connection, const Descriptor& descriptor) {
  OptionReport report = read_options(connection, descriptor);
  for (const Problem& problem : report.problems)
    if (problem.severity == Problem::Severity::error) return fail(problem.error());
  return std::move(report.options);
}

std::vector<Problem> option_problems(const ConnectionProfile& connection, const Descriptor& descriptor) {
  return read_options(connection, descriptor).problems;
}

bool is_secret_option(const Descriptor& descriptor, std::string_view path) {
  const auto schema = OptionSchema::of(descriptor);
  if (!schema) return true;
  const OptionSpec* spec = schema->find(path);
  return spec != nullptr && spec->secret;
}

}  // namespace dbmux
