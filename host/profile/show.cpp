#include <algorithm>
#include <array>
#include <charconv>

#include "profile/report.hpp"
#include "profile/value_writer.hpp"

namespace dbmux {
namespace {

// "postgres://me:secret@host" -> "postgres://me:********@host"
std::string without_password(std::string_view text) {
  const std::size_t authority = text.find("://");
  if (authority == std::string_view::npos) return std::string(text);
  const std::size_t begin = authority + 3;
  const std::size_t end = std::min(text.find_first_of("?#", begin), text.size());
  const std::size_t at = text.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(text);
  const std::size_t colon = text.substr(0, at).find(':', begin);
  if (colon == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, colon + 1)) + std::string(kMask) + std::string(text.substr(at));
}

Value text_value(std::string text) {
  Value value;
  value.scalar = text;
  value.data = std::move(text);
  return value;
}
Value integer_value(std::int64_t number) {
  Value value;
  value.scalar = std::to_string(number);
  value.data = number;
  return value;
}
Value number_value(double number) {
  Value value;
  value.data = number;
  std::array<char, 32> text{};
  value.scalar.assign(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
  return value;
}
Value flag_value(bool flag) {
  Value value;
  value.data = flag;
  return value;
}
Value map_value(Value::Map map) {
  Value value;
  value.data = std::move(map);
  return value;
}
Value list_value(const std::vector<std::string>& texts) {
  Value::List list;
  for (const std::string& text : texts) list.push_back(text_value(text));
  Value value;
  value.data = std::move(list);
  return value;
}

Value masked(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return text_value(without_password(*text));
  if (const auto* list = std::get_if<Value::List>(&value.data)) {
    Value::List shown;
    for (const Value& item : *list) shown.push_back(masked(item));
    Value made;
    made.data = std::move(shown);
    return made;
  }
  if (const auto* map = std::get_if<Value::Map>(&value.data)) {
    Value::Map shown;
    for (const auto& [name, item] : *map) shown.emplace_back(name, masked(item));
    return map_value(std::move(shown));
  }
  return value;
}

std::string duration(std::chrono::milliseconds time) {
  const std::int64_t ms = time.count();
  if (ms % 3'600'000 == 0) return std::to_string(ms / 3'600'000) + "h";
  if (ms % 60'000 == 0) return std::to_string(ms / 60'000) + "min";
  if (ms % 1000 == 0) return std::to_string(ms / 1000) + "s";
  return std::to_string(ms) + "ms";
}

Value limit(std::int64_t n) { return n == 0 ? text_value("none") : integer_value(n); }

Value limits_value(const Limits& limits) {
  return map_value({{"rows", limit(limits.rows)},
                    {"tokens", limit(limits.tokens)},
                    {"bytes", limit(limits.bytes)},
                    {"cell", limit(limits.cell)}});
}

Value guard_value(const PlanBounds& guard) {
  Value cost = text_value("none");
  if (guard.max_cost > 0) cost = number_value(guard.max_cost);
  return map_value({{"max_cost", std::move(cost)}, {"full_scan_rows", limit(guard.full_scan_rows)}});
}

Value option_value(const ConnectionProfile& connection, const Option& option, const IsSecret& is_secret) {
  if (option.secret) {
    std::vector<std::string> sources;
    for (const std::string& source : option.secret->sources)
      sources.push_back(source.starts_with("literal:") ? "literal:" + std::string(kMask)
                                                       : without_password(source));
    return map_value({{"secret", list_value(sources)}});
  }
  if (is_secret(connection, option.path)) return text_value(std::string(kMask));
  return masked(option.value);
}

// An option's dotted path becomes nested maps again.
void put(Value::Map& map, std::string_view path, Value value) {
  const std::size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  auto at = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == name; });
  if (dot == std::string_view::npos) {
    map.emplace_back(name, std::move(value));
    return;
  }
  if (at == map.end()) at = map.insert(map.end(), {name, map_value({})});
  if (auto* inner = std::get_if<Value::Map>(&at->second.data))
    put(*inner, path.substr(dot + 1), std::move(value));
}

// What is no key of a profile: members in JSON, a comment in YAML, which so can be read back.
void put_origin(const ConnectionProfile& connection, ShowFormat format, Value& value) {
  if (format == ShowFormat::yaml) {
    value.mark.file = connection.origin.text() + (connection.disabled ? "; disabled" : "");
    return;
  }
  auto& map = std::get<Value::Map>(value.data);
  map.emplace_back("origin", text_value(connection.origin.text()));
  if (connection.disabled) map.emplace_back("disabled", text_value(connection.disabled->message));
}

Value connection_value(const ConnectionProfile& connection, ShowFormat format, const IsSecret& is_secret) {
  Value::Map map{{"plugin", text_value(connection.plugin)}};
  if (!connection.description.empty()) map.emplace_back("description", text_value(connection.description));
  for (const Option& option : connection.options)
    if (option.secret || !std::holds_alternative<std::monostate>(option.value.data))
      put(map, option.path, option_value(connection, option, is_secret));
  map.emplace_back("access", text_value(std::string(to_string(connection.access))));
  map.emplace_back("unknown_sql", text_value(connection.unknown_sql_to_engine ? "engine" : "refuse"));
  if (connection.require_least_privilege) map.emplace_back("require_least_privilege", flag_value(true));
  map.emplace_back("timeout", text_value(duration(connection.timeout)));
  map.emplace_back("statement_timeout", text_value(duration(connection.statement_timeout)));
  map.emplace_back("pool_size", map_value({{"min", integer_value(connection.pool_min)},
                                           {"max", integer_value(connection.pool_max)}}));
  map.emplace_back("idle_timeout", text_value(duration(connection.pool_idle)));
  map.emplace_back("max_lifetime", text_value(duration(connection.pool_life)));
  map.emplace_back("retry", map_value({{"attempts", integer_value(connection.retry.attempts)},
                                       {"backoff", text_value(duration(connection.retry.base) + ".." +
                                                              duration(connection.retry.cap))}}));
  map.emplace_back("limits", limits_value(connection.limits));
  if (connection.guard.set()) map.emplace_back("guard", guard_value(connection.guard));
  map.emplace_back("required", flag_value(connection.required));
  Value value = map_value(std::move(map));
  put_origin(connection, format, value);
  return value;
}

Value parameter_value(const ToolParameter& parameter) {
  static constexpr const char* kTypes[] = {"string", "integer", "number", "boolean"};
  Value::Map map{{"name", text_value(parameter.name)},
                 {"type", text_value(kTypes[static_cast<std::size_t>(parameter.type)])}};
  if (!parameter.description.empty()) map.emplace_back("description", text_value(parameter.description));
  if (parameter.required) map.emplace_back("required", flag_value(true));
  if (!parameter.one_of.empty()) {
    Value allowed;
    allowed.data = parameter.one_of;
    map.emplace_back("enum", std::move(allowed));
  }
  if (parameter.initial) map.emplace_back("default", *parameter.initial);
  const auto bound = [&](const char* name, const std::optional<double>& value) {
    if (value) map.emplace_back(name, number_value(*value));
  };
  bound("min", parameter.min);
  bound("max", parameter.max);
  return map_value(std::move(map));
}

Value tool_value(const OperatorTool& tool) {
  Value::List parameters;
  for (const ToolParameter& parameter : tool.parameters) parameters.push_back(parameter_value(parameter));
  Value list;
  list.data = std::move(parameters);
  return map_value({{"name", text_value(tool.name)},
                    {"description", text_value(tool.description)},
                    {"connection", text_value(tool.connection)},
                    {"statement", text_value(tool.statement)},
                    {"parameters", std::move(list)},
                    {"limits", limits_value(tool.limits)},
                    {"access", text_value(std::string(to_string(tool.access)))}});
}

Value tools_value(const ToolList& tools, const std::vector<OperatorTool>& own) {
  static constexpr const char* kKinds[] = {"two", "default", "all"};
  static constexpr const char* kStyles[] = {"underscore", "hyphen", "both"};
  Value list = tools.kind == ToolList::Kind::named ? list_value(tools.names)
                                                   : text_value(kKinds[static_cast<std::size_t>(tools.kind)]);
  Value::Map map{{"list", std::move(list)},
                 {"names", text_value(kStyles[static_cast<std::size_t>(tools.style)])}};
  if (!tools.prefix) map.emplace_back("prefix", flag_value(false));
  if (!own.empty()) {
    Value::List added;
    for (const OperatorTool& tool : own) added.push_back(tool_value(tool));
    Value value;
    value.data = std::move(added);
    map.emplace_back("add", std::move(value));
  }
  return map_value(std::move(map));
}

Value profile_value(const Profile& profile, ShowFormat format, const IsSecret& is_secret) {
  Value::Map map{{"dbmux", integer_value(1)}};
  if (format == ShowFormat::json && !profile.file.empty())
    map.emplace_back("file", text_value(profile.file.string()));
  std::string chosen = profile.default_connection;
  if (chosen.empty() && !profile.connections.empty()) chosen = profile.connections.front().name;
  if (!chosen.empty()) map.emplace_back("default_connection", text_value(std::move(chosen)));
  Value::Map connections;
  for (const ConnectionProfile& connection : profile.connections)
    connections.emplace_back(connection.name, connection_value(connection, format, is_secret));
  map.emplace_back("connections", map_value(std::move(connections)));
  map.emplace_back("tools", tools_value(profile.tools, profile.operator_tools));
  if (!profile.export_dir.empty()) map.emplace_back("export_dir", text_value(profile.export_dir.string()));
  Value::Map runtime;
  for (const auto& [plugin, bounds] : profile.runtime_connections)
    runtime.emplace_back(plugin, map_value({{"access", text_value(std::string(to_string(bounds.access)))},
                                            {"paths", list_value(bounds.paths)},
                                            {"hidden", flag_value(bounds.hidden)},
                                            {"hosts", list_value(bounds.hosts)}}));
  if (!runtime.empty()) map.emplace_back("runtime_connections", map_value(std::move(runtime)));
  Value::Map pins;
  for (const auto& [plugin, hash] : profile.plugin_pins)
    pins.emplace_back(plugin, text_value("sha256:" + hash));
  if (!pins.empty()) map.emplace_back("plugins", map_value({{"pin", map_value(std::move(pins))}}));
  return map_value(std::move(map));
}

}  // namespace

std::string show_profile(const Profile& profile, ShowFormat format, const IsSecret& is_secret) {
  const Value value = profile_value(profile, format, is_secret);
  if (format == ShowFormat::json) return to_indented_json(value) + '\n';
  return (profile.file.empty() ? "" : "# " + profile.file.string() + '\n') + to_yaml(value);
}

}  // namespace dbmux
