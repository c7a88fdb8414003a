#include "driver/abi.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "base/json.hpp"
#include "base/text.hpp"
#include "observe/log.hpp"

namespace dbmux::abi {

static_assert(sizeof(Cell) == sizeof(dbmux_value) && offsetof(Cell, len) == offsetof(dbmux_value, len) &&
              offsetof(Cell, i64) == offsetof(dbmux_value, u));
static_assert(static_cast<int>(Kind::f32s) == DBMUX_F32S && static_cast<int>(Kind::json) == DBMUX_JSON);
static_assert(Cell::kTruncated == DBMUX_VALUE_TRUNCATED);

Result<std::string> SourceServices::secret(Call& call, std::string_view name) const {
  if (!lookup) return fail(Category::not_found, "no secret is configured here");
  auto value = lookup(call, name);
  if (value && !value->empty()) scrub(*value);
  return value;
}

LiveCall::LiveCall(Call& c, SourceServices* s) : call(c), services(s) {
  raw.size = sizeof raw;
  raw.id = c.id();
  const auto deadline = c.deadline();
  raw.deadline_ns =
      deadline == kNever
          ? INT64_MAX
          : std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
  raw.trace_id = {"", 0};
  raw.principal = str(c.principal().name);
  raw.host_data = this;
}

std::string clean(dbmux_str text) { return scrubbed(utf8_replaced(view(text))); }

namespace {

// In place; true: something was removed.
bool scrub_texts(JsonValue& value, JsonPool& memory) {
  bool removed = false;
  if (value.IsString()) {
    const auto text = scrubbed(dbmux::view(value));
    removed = text != dbmux::view(value);
    if (removed) value.SetString(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory);
  } else if (value.IsArray()) {
    for (auto& one : value.GetArray()) removed = scrub_texts(one, memory) || removed;
  } else if (value.IsObject()) {
    for (auto& m : value.GetObject()) {
      removed = scrub_texts(m.name, memory) || removed;
      removed = scrub_texts(m.value, memory) || removed;
    }
  }
  return removed;
}

}  // namespace

std::optional<std::string> clean_json(dbmux_str given) {
  auto text = utf8_replaced(view(given));
  auto document = parse_json(text);
  if (!document) return std::nullopt;
  if (scrub_texts(*document, document->GetAllocator())) return to_json(*document);
  for (auto& c : text)  // within a JSON text they stand escaped
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

LiveCall* live(const dbmux_call* call) { return call ? static_cast<LiveCall*>(call->host_data) : nullptr; }

namespace {

struct StatusRow {
  dbmux_status status;
  Category category;
  WaitedFor waited_for;
};
constexpr std::array kStatuses{
    StatusRow{DBMUX_E_INVALID, Category::invalid, WaitedFor::nothing},
    StatusRow{DBMUX_E_UNSUPPORTED, Category::unsupported, WaitedFor::nothing},
    StatusRow{DBMUX_E_SYNTAX, Category::syntax, WaitedFor::nothing},
    StatusRow{DBMUX_E_NOT_FOUND, Category::not_found, WaitedFor::nothing},
    StatusRow{DBMUX_E_EXISTS, Category::exists, WaitedFor::nothing},
    StatusRow{DBMUX_E_CONSTRAINT, Category::constraint, WaitedFor::nothing},
    StatusRow{DBMUX_E_DENIED, Category::denied, WaitedFor::nothing},
    StatusRow{DBMUX_E_AUTH, Category::auth, WaitedFor::nothing},
    StatusRow{DBMUX_E_CONNECTION, Category::connection, WaitedFor::nothing},
    StatusRow{DBMUX_E_TIMEOUT, Category::timeout, WaitedFor::execution},
    StatusRow{DBMUX_E_CANCELLED, Category::cancelled, WaitedFor::nothing},
    StatusRow{DBMUX_E_CONFLICT, Category::conflict, WaitedFor::nothing},
    StatusRow{DBMUX_E_RESOURCE, Category::resource, WaitedFor::nothing},
    StatusRow{DBMUX_E_READ_ONLY, Category::read_only, WaitedFor::nothing},
    StatusRow{DBMUX_E_LOCK_TIMEOUT, Category::timeout, WaitedFor::lock},
    StatusRow{DBMUX_E_NOT_UNDERSTOOD, Category::not_understood, WaitedFor::nothing},
    StatusRow{DBMUX_E_NEED_INPUT, Category::need_input, WaitedFor::nothing},
};

constexpr std::pair<std::uint32_t, const char*> kLayers[] = {
    {DBMUX_BY_PARSER, "parser"}, {DBMUX_BY_SESSION, "session"}, {DBMUX_BY_TRANSACTION, "transaction"},
    {DBMUX_BY_ROLE, "role"},     {DBMUX_BY_FILE, "file"},       {DBMUX_BY_ROLLBACK, "rollback"}};

template <std::size_t N>
std::string bounded(const char (&text)[N]) {
  const std::string_view given(text, strnlen(text, N));
  return utf8_replaced(scrubbed(given, given.size() >= N - 4));  // the plugin cut it, perhaps on a character
}

}  // namespace

std::vector<std::string> layers(std::uint32_t bits) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(std::popcount(bits)));
  for (const auto& [bit, name] : kLayers)
    if (bits & bit) names.emplace_back(name);
  return names;
}

Error to_error(dbmux_status status, const dbmux_error& raw) {
  Error e;
  for (const auto& row : kStatuses)
    if (row.status == status) {
      e.category = row.category;
      e.waited_for = row.waited_for;
    }
  e.message = bounded(raw.message);
  if (e.message.empty()) e.message = "the driver gave no reason";
  e.detail = bounded(raw.detail);
  e.hint = bounded(raw.hint);
  e.object = bounded(raw.object);
  e.code = bounded(raw.sqlstate);
  if (e.code.empty() && raw.native_code != 0) e.code = std::to_string(raw.native_code);
  e.position = raw.position;
  e.line = raw.line;
  e.retryable = (raw.flags & DBMUX_ERR_RETRYABLE) != 0;
  e.connection_dead = (raw.flags & DBMUX_ERR_CONN_DEAD) != 0;
  e.may_have_run = (raw.flags & DBMUX_ERR_MAY_HAVE_RUN) != 0;
  e.transaction_failed = (raw.flags & DBMUX_ERR_TXN_FAILED) != 0;
  e.session_dirty = (raw.flags & DBMUX_ERR_SESSION_DIRTY) != 0;
  e.by = layers(raw.refused_by);
  return e;
}

std::vector<dbmux_param> to_abi(std::span<const Param> params) {
  std::vector<dbmux_param> out;
  out.reserve(params.size());
  for (const auto& p : params) {
    dbmux_param raw{};
    raw.name = str(p.name);
    raw.type = str(p.type);
    raw.value.kind = static_cast<std::uint8_t>(p.kind);
    switch (p.kind) {
      case Kind::null:
        break;
      case Kind::boolean:
      case Kind::i64:
      case Kind::u64:
        raw.value.u.i64 = p.i64;
        break;
      case Kind::f64:
        raw.value.u.f64 = p.f64;
        break;
      default:
        raw.value.u.ptr = p.text.data();
        raw.value.len = static_cast<std::uint32_t>(p.text.size());
    }
    out.push_back(raw);
  }
  return out;
}

}  // namespace dbmux::abi
