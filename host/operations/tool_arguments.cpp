#include "operations/tool_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace dbmux {

namespace {

using Type = ToolParameter::Type;

std::string number(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string json_of(const Value& value) {
  const bool text = std::holds_alternative<std::string>(value.data);
  const auto* flag = std::get_if<bool>(&value.data);
  return text ? json_quote(value.scalar) : flag ? (*flag ? "true" : "false") : value.scalar;
}

std::string list_of(const std::vector<Value>& values) {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ",") + json_of(value);
  return list;
}

std::string property(const ToolParameter& p) {
  static constexpr std::string_view kTypes[] = {"string", "integer", "number", "boolean"};
  std::string json = "{\"type\":\"" + std::string(kTypes[static_cast<std::size_t>(p.type)]) + '"';
  if (!p.one_of.empty()) json += ",\"enum\":[" + list_of(p.one_of) + "]";
  if (p.initial) json += ",\"default\":" + json_of(*p.initial);
  const bool text = p.type == Type::text;
  if (p.min) json += (text ? ",\"minLength\":" : ",\"minimum\":") + number(*p.min);
  if (p.max) json += (text ? ",\"maxLength\":" : ",\"maximum\":") + number(*p.max);
  if (!p.description.empty()) json += ",\"description\":" + json_quote(p.description);
  return json + '}';
}

bool fits(Type type, const JsonValue& v) {
  switch (type) {
    case Type::text:
      return v.IsString();
    case Type::integer:  // 5.0 is one too, as JSON Schema has it
      return v.IsInt64() || v.IsUint64() || (v.IsDouble() && std::trunc(v.GetDouble()) == v.GetDouble());
    case Type::number:
      return v.IsNumber();
    case Type::boolean:
      return v.IsBool();
  }
  return false;
}

bool same(const Value& allowed, const JsonValue& v) {
  if (const auto* flag = std::get_if<bool>(&allowed.data)) return v.IsBool() && v.GetBool() == *flag;
  if (const auto* text = std::get_if<std::string>(&allowed.data)) return v.IsString() && view(v) == *text;
  if (!v.IsNumber()) return false;
  if (const auto* integer = std::get_if<std::int64_t>(&allowed.data))
    return v.IsInt64() ? v.GetInt64() == *integer : v.GetDouble() == static_cast<double>(*integer);
  return v.GetDouble() == std::get<double>(allowed.data);
}

std::string bounds_in_words(const ToolParameter& p) {
  const std::string of = p.type == Type::text ? " characters" : "";
  if (p.min && p.max) return "from " + number(*p.min) + " to " + number(*p.max) + of;
  return (p.min ? "at least " + number(*p.min) : "at most " + number(*p.max)) + of;
}

Result<void> check(const OperatorTool& tool, const ToolParameter& p, const JsonValue& v) {
  static constexpr std::string_view kTypes[] = {"a string", "an integer", "a number", "true or false"};
  const auto must = [&](const std::string& what) {
    return fail(Category::invalid, "argument '" + p.name + "' of " + tool.name + " must be " + what + ".");
  };
  if (!fits(p.type, v)) return must(std::string(kTypes[static_cast<std::size_t>(p.type)]));
  if (!p.one_of.empty() &&
      std::none_of(p.one_of.begin(), p.one_of.end(), [&](const Value& one) { return same(one, v); }))
    return must("one of: " + list_of(p.one_of));
  if (p.type == Type::boolean || (!p.min && !p.max)) return {};
  const double size = p.type == Type::text ? static_cast<double>(utf8_length(view(v))) : v.GetDouble();
  if ((p.min && size < *p.min) || (p.max && size > *p.max)) return must(bounds_in_words(p));
  return {};
}

JsonValue copied(const Value& value, JsonPool& memory) {
  if (const auto* flag = std::get_if<bool>(&value.data)) return JsonValue(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return JsonValue(*integer);
  if (const auto* real = std::get_if<double>(&value.data)) return JsonValue(*real);
  return {value.scalar.data(), static_cast<rapidjson::SizeType>(value.scalar.size()), memory};
}

// As it is bound: an integer that was written 5.0 is 5.
JsonValue copied(const ToolParameter& p, const JsonValue& v, JsonPool& memory) {
  constexpr double kExact = 9007199254740992.0;
  if (p.type == Type::integer && v.IsDouble() && std::abs(v.GetDouble()) <= kExact)
    return JsonValue(static_cast<std::int64_t>(v.GetDouble()));
  return {v, memory};
}

Result<void> check_names(const OperatorTool& tool, const JsonValue& given) {
  for (const auto& m : given.GetObject()) {
    const auto known = [&](const ToolParameter& p) { return p.name == view(m.name); };
    if (std::any_of(tool.parameters.begin(), tool.parameters.end(), known)) continue;
    std::vector<std::string> names;
    for (const auto& p : tool.parameters) names.push_back(p.name);
    Error e;
    e.category = Category::invalid;
    e.did_you_mean = nearest(view(m.name), names);
    e.message = "argument '" + std::string(view(m.name)) + "' unknown for " + tool.name +
                (names.empty() ? "; it takes none." : "; there are: " + joined(names, ", ") + ".");
    return fail(std::move(e));
  }
  return {};
}

}  // namespace

std::string input_schema(const OperatorTool& tool) {
  std::string properties, required;
  for (const auto& p : tool.parameters) {
    properties += (properties.empty() ? "" : ",") + json_quote(p.name) + ":" + property(p);
    if (p.required) required += (required.empty() ? "" : ",") + json_quote(p.name);
  }
  std::string schema = R"({"type":"object","properties":{)" + properties + '}';
  if (!required.empty()) schema += R"(,"required":[)" + required + ']';
  return schema + '}';
}

Result<JsonValue> bound_arguments(const OperatorTool& tool, const JsonValue& given, JsonPool& memory) {
  if (!given.IsObject()) return fail(Category::invalid, "arguments must be an object");
  if (auto known = check_names(tool, given); !known) return fail(known.error());
  JsonValue values(rapidjson::kArrayType);
  for (const auto& p : tool.parameters) {
    const auto* v = member(given, p.name);
    if (v && !v->IsNull()) {
      if (auto good = check(tool, p, *v); !good) return fail(good.error());
      values.PushBack(copied(p, *v, memory), memory);
    } else if (p.required) {
      return fail(Category::invalid, tool.name + " needs the argument '" + p.name + "'.");
    } else {
      values.PushBack(p.initial ? copied(*p.initial, memory) : JsonValue(), memory);
    }
  }
  return values;
}

}  // namespace dbmux
