// SPDX-License-Identifier: MIT-0
#include "check/host.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>

#include "check/memory.hpp"
#include "check/utf8.hpp"
#include "check/verdict.hpp"

namespace dbmux::check {

namespace {

constexpr std::size_t kMostCalls = 1 << 18;
constexpr std::size_t kShortestSecret = 4;

std::atomic<bool> open_now{false};
std::atomic<std::uint64_t> calls{0};
std::map<std::string, std::string> secrets;

// Not of malloc: what the checks themselves keep must not look like growth of the plugin.
LiveCall::Record* records() {
  static void* const region = ::mmap(nullptr, kMostCalls * sizeof(LiveCall::Record), PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return static_cast<LiveCall::Record*>(region);
}

LiveCall::Record* record_of(const dbmux_call* call) {
  const auto* const first = records();
  const auto* const given = reinterpret_cast<const LiveCall::Record*>(call);
  if (given < first || given >= first + calls.load()) return nullptr;
  const auto at = static_cast<std::size_t>(given - first);
  return reinterpret_cast<const dbmux_call*>(first + at) == call ? records() + at : nullptr;
}

// Notes a call that is not alive; gives the record of one that is.
LiveCall::Record* used(const char* function, const dbmux_call* call, bool may_be_null = false) {
  if (!open_now) note_violation(std::string(function) + "() after shutdown() had returned");
  if (!call) {
    if (!may_be_null) note_violation(std::string(function) + "() without a call");
    return nullptr;
  }
  auto* record = record_of(call);
  if (!record) {
    note_violation(std::string(function) + "() with a call that the host never made");
  } else if (!record->alive) {
    note_violation(std::string(function) + "() with a call that had ended");
    record = nullptr;
  }
  return record;
}

void take_text(const char* function, dbmux_str text) {
  if (text.len > 0 && !readable(text.ptr, text.len))
    return note_violation(std::string(function) + "() with a text that cannot be read");
  const auto shown = view(text);
  if (!is_utf8(shown)) note_violation(std::string(function) + "() with a text that is not UTF-8");
  if (quotes_secret(shown))
    note_violation(std::string(function) + "() with the value of a secret in its text");
}

void log(const dbmux_host*, const dbmux_call* call, std::int32_t, dbmux_str text) noexcept {
  used("log", call, true);
  take_text("log", text);
}

std::int64_t now(const dbmux_host*) noexcept {
  if (!open_now) note_violation("now_ns() after shutdown() had returned");
  return now_ns();
}

std::int32_t is_cancelled(const dbmux_host*, const dbmux_call* call) noexcept {
  const auto* record = used("is_cancelled", call);
  return record && record->cancelled ? 1 : 0;
}

dbmux_status secret(const dbmux_host*, const dbmux_call* call, dbmux_str name, char* buffer, std::size_t cap,
                    std::size_t* length, dbmux_error* error) noexcept {
  used("secret", call);
  const auto found = secrets.find(std::string(view(name)));
  if (found == secrets.end()) {
    if (error) {
      error->category = DBMUX_E_NOT_FOUND;
      std::strncpy(error->message, "there is no such secret", sizeof error->message - 1);
    }
    return DBMUX_E_NOT_FOUND;
  }
  const std::string& value = found->second;
  if (length) *length = value.size();
  if (cap < value.size()) {
    if (error) error->category = DBMUX_E_RESOURCE;
    return DBMUX_E_RESOURCE;
  }
  if (!value.empty()) std::memcpy(buffer, value.data(), value.size());
  return DBMUX_OK;
}

void notice(const dbmux_host*, const dbmux_call* call, std::int32_t, std::int64_t, dbmux_str text) noexcept {
  used("notice", call);
  take_text("notice", text);
}

void count(const dbmux_host*, const dbmux_call* call, const char* metric, std::int64_t) noexcept {
  used("count", call, true);
  if (!metric) note_violation("count() without the name of a metric");
}

// ---- for items

std::atomic<dbmux_status> answer_to_questions{DBMUX_E_UNSUPPORTED};
std::atomic<const LiveCall::Record*> invoked{nullptr};
std::atomic<int> asked_now{0}, changes{0};

LiveCall::Record* used_within_invoke(const char* function, const dbmux_call* call) {
  auto* record = used(function, call);
  if (record && record != invoked) note_violation(std::string(function) + "() outside of invoke()");
  return record;
}

void progress(const dbmux_host*, const dbmux_call* call, double, double, dbmux_str text) noexcept {
  used("progress", call);
  take_text("progress", text);
}

void emit_log(const dbmux_host*, const dbmux_call* call, const char* level, dbmux_str logger,
              dbmux_str json) noexcept {
  constexpr std::array<std::string_view, 8> kLevels{"debug", "info",     "notice", "warning",
                                                    "error", "critical", "alert",  "emergency"};
  used("emit_log", call);
  take_text("emit_log", logger);
  take_text("emit_log", json);
  if (!level || std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end())
    note_violation("emit_log() with a level that is none of MCP's");
}

dbmux_status ask(const dbmux_host*, const dbmux_call* call, dbmux_str key, dbmux_str method, dbmux_str params,
                 dbmux_str* answer) noexcept {
  used_within_invoke("ask", call);
  for (const auto text : {key, method, params}) take_text("ask", text);
  if (key.len == 0) note_violation("ask() without a key");
  if (answer) *answer = {"", 0};
  ++asked_now;
  return answer_to_questions;
}

dbmux_status keep(const dbmux_host*, const dbmux_call* call, dbmux_str state) noexcept {
  used_within_invoke("keep", call);
  return quotes_secret(view(state)) ? DBMUX_E_INVALID : DBMUX_OK;
}

dbmux_str kept(const dbmux_host*, const dbmux_call* call) noexcept {
  used_within_invoke("kept", call);
  return {"", 0};
}

void changed(const dbmux_host*, dbmux_source* source, std::int32_t item, dbmux_str uri) noexcept {
  if (!open_now) note_violation("changed() after shutdown() had returned");
  if (!source) note_violation("changed() without a source");
  if (item < DBMUX_ITEM_TOOL || item > DBMUX_ITEM_COMPLETION)
    note_violation("changed() for a kind of item that is none");
  take_text("changed", uri);
  ++changes;
}

void close_stream(const dbmux_host*, const dbmux_call* call, std::int32_t) noexcept {
  used("close_stream", call);
}

const void* get_extension(const dbmux_host*, const char* id) noexcept {
  static const dbmux_host_items items{.size = sizeof(dbmux_host_items),
                                      .reserved = 0,
                                      .progress = progress,
                                      .emit_log = emit_log,
                                      .ask = ask,
                                      .keep = keep,
                                      .kept = kept,
                                      .changed = changed,
                                      .close_stream = close_stream};
  return id && std::string_view(id) == DBMUX_EXT_ITEMS ? &items : nullptr;
}

}  // namespace

Invoking::Invoking(const LiveCall& call, dbmux_status to_questions) {
  answer_to_questions = to_questions;
  asked_now = 0;
  invoked = call.record();
}
Invoking::~Invoking() { invoked = nullptr; }
bool Invoking::asked() const { return asked_now > 0; }

int item_changes() { return changes; }

void open_host() { open_now = true; }
void close_host() { open_now = false; }

const dbmux_host* host_table() {
  static const dbmux_host table{.size = sizeof(dbmux_host),
                                .abi_minor = DBMUX_ABI_MINOR,
                                .name = "dbmux plugin check",
                                .version = DBMUX_VERSION,
                                .data = nullptr,
                                .log = log,
                                .now_ns = now,
                                .is_cancelled = is_cancelled,
                                .secret = secret,
                                .notice = notice,
                                .count = count,
                                .get_extension = get_extension};
  return &table;
}

void set_secrets(std::map<std::string, std::string> given) { secrets = std::move(given); }

bool quotes_secret(std::string_view text) {
  return std::any_of(secrets.begin(), secrets.end(), [&](const auto& secret) {
    return secret.second.size() >= kShortestSecret && text.find(secret.second) != std::string_view::npos;
  });
}

std::int64_t now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

LiveCall::LiveCall(std::chrono::milliseconds limit) : record_(records() + calls.fetch_add(1)) {
  const auto number = static_cast<std::uint64_t>(record_ - records()) + 1;
  std::memcpy(record_->trace, "00-000000000000000000000000000000c4-01", 38);
  auto& c = record_->call;
  c.size = sizeof c;
  c.id = number;
  c.deadline_ns = now_ns() + std::chrono::nanoseconds(limit).count();
  c.trace_id = {record_->trace, 38};
  c.principal = {"", 0};
  record_->alive = true;
}

LiveCall::~LiveCall() { record_->alive = false; }

void LiveCall::cancel() { record_->cancelled = true; }

}  // namespace dbmux::check
