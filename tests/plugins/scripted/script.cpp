#include "script.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace scripted {
namespace {

template <std::size_t N>
void copy(char (&to)[N], std::string_view from) {
  const std::size_t n = std::min(N - 1, from.size());
  std::memcpy(to, from.data(), n);
  to[n] = 0;
}

struct Named {
  std::string_view name;
  std::int32_t value;
};

constexpr std::array kCategories{Named{"internal", DBMUX_E_INTERNAL},
                                 Named{"invalid", DBMUX_E_INVALID},
                                 Named{"unsupported", DBMUX_E_UNSUPPORTED},
                                 Named{"syntax", DBMUX_E_SYNTAX},
                                 Named{"not_found", DBMUX_E_NOT_FOUND},
                                 Named{"exists", DBMUX_E_EXISTS},
                                 Named{"constraint", DBMUX_E_CONSTRAINT},
                                 Named{"denied", DBMUX_E_DENIED},
                                 Named{"auth", DBMUX_E_AUTH},
                                 Named{"connection", DBMUX_E_CONNECTION},
                                 Named{"timeout", DBMUX_E_TIMEOUT},
                                 Named{"cancelled", DBMUX_E_CANCELLED},
                                 Named{"conflict", DBMUX_E_CONFLICT},
                                 Named{"resource", DBMUX_E_RESOURCE},
                                 Named{"read_only", DBMUX_E_READ_ONLY},
                                 Named{"lock_timeout", DBMUX_E_LOCK_TIMEOUT},
                                 Named{"not_understood", DBMUX_E_NOT_UNDERSTOOD},
                                 Named{"need_input", DBMUX_E_NEED_INPUT}};

constexpr std::array kFlags{
    Named{"retryable", DBMUX_ERR_RETRYABLE}, Named{"connection_dead", DBMUX_ERR_CONN_DEAD},
    Named{"may_have_run", DBMUX_ERR_MAY_HAVE_RUN}, Named{"transaction_failed", DBMUX_ERR_TXN_FAILED},
    Named{"protocol", DBMUX_ERR_PROTOCOL}};

template <std::size_t N>
std::optional<std::int32_t> named(const std::array<Named, N>& table, std::string_view name) {
  for (const auto& row : table)
    if (row.name == name) return row.value;
  return std::nullopt;
}

std::string text_member(const rapidjson::Value& object, const char* key) {
  const auto at = object.FindMember(key);
  if (at == object.MemberEnd() || !at->value.IsString()) return {};
  return {at->value.GetString(), at->value.GetStringLength()};
}

template <class T>
T int_member(const rapidjson::Value& object, const char* key) {
  const auto at = object.FindMember(key);
  return at != object.MemberEnd() && at->value.IsInt64() ? static_cast<T>(at->value.GetInt64()) : T{0};
}

}  // namespace

dbmux_status fail(dbmux_error* error, dbmux_status status, std::string_view message, std::uint32_t flags) {
  if (error) {
    error->category = status;
    error->flags = flags;
    copy(error->message, message);
  }
  return status;
}

dbmux_status ScriptError::raise(dbmux_error* error) const {
  if (!error) return status;
  fail(error, status, message, flags);
  error->position = position;
  error->line = line;
  error->severity = severity;
  error->native_code = native_code;
  copy(error->sqlstate, sqlstate);
  copy(error->object, object);
  copy(error->detail, detail);
  copy(error->hint, hint);
  return status;
}

std::vector<Step> parse_script(std::string_view text) {
  std::vector<Step> steps;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '{') {
      steps.push_back({"result", std::string(line)});
      continue;
    }
    const std::string_view word = next_word(line);
    steps.push_back({std::string(word), std::string(line)});
  }
  return steps;
}

std::string_view next_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string to_text(const rapidjson::Value& json) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  json.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::int64_t number(std::string_view text, std::int64_t otherwise) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : otherwise;
}

std::optional<ScriptError> parse_error(std::string_view json) {
  rapidjson::Document doc;
  doc.Parse(json.data(), json.size());
  if (doc.HasParseError() || !doc.IsObject()) return std::nullopt;
  ScriptError e;
  e.status = int_member<dbmux_status>(doc, "category");
  if (const auto category = named(kCategories, text_member(doc, "category"))) e.status = *category;
  if (e.status == DBMUX_OK) e.status = DBMUX_E_INTERNAL;
  if (const auto at = doc.FindMember("flags"); at != doc.MemberEnd() && at->value.IsArray())
    for (const auto& flag : at->value.GetArray())
      e.flags |=
          static_cast<std::uint32_t>(named(kFlags, flag.IsString() ? flag.GetString() : "").value_or(0));
  e.position = int_member<std::int32_t>(doc, "position");
  e.line = int_member<std::int32_t>(doc, "line");
  e.severity = int_member<std::int32_t>(doc, "severity");
  e.native_code = int_member<std::int64_t>(doc, "code");
  e.sqlstate = text_member(doc, "sqlstate");
  e.object = text_member(doc, "object");
  e.message = text_member(doc, "message");
  e.detail = text_member(doc, "detail");
  e.hint = text_member(doc, "hint");
  return e;
}

std::vector<StoredParam> stored(const dbmux_param* params, std::size_t n) {
  std::vector<StoredParam> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    out[i].name = view(params[i].name);
    out[i].type = view(params[i].type);
    out[i].value = params[i].value;
    if (params[i].value.kind >= DBMUX_NUMBER) {
      out[i].bytes.assign(params[i].value.u.ptr, params[i].value.len);
      out[i].value.u.ptr = nullptr;
    }
  }
  return out;
}

std::string describe(const dbmux_value& v) {
  std::array<char, 64> buffer{};
  switch (v.kind) {
    case DBMUX_NULL:
      return "null";
    case DBMUX_BOOL:
      return v.u.i64 ? "true" : "false";
    case DBMUX_I64:
      return std::to_string(v.u.i64);
    case DBMUX_U64:
      return std::to_string(v.u.u64);
    case DBMUX_F64: {
      const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), v.u.f64).ptr;
      return {buffer.data(), end};
    }
    default:
      return v.u.ptr ? std::string(v.u.ptr, v.len) : std::string();
  }
}

}  // namespace scripted
