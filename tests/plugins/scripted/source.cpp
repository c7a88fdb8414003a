#include "source.hpp"

#include <chrono>
#include <thread>

namespace scripted {

const dbmux_host* host = nullptr;

namespace {

using Clock = std::chrono::steady_clock;  // the host's clock too: CLOCK_MONOTONIC

constexpr std::uint32_t kGone = DBMUX_ERR_CONN_DEAD | DBMUX_ERR_RETRYABLE;

bool expired(const dbmux_call* call) { return host->now_ns(host) >= call->deadline_ns; }

std::int64_t milliseconds_left(const dbmux_call* call, std::int64_t wanted) {
  if (call->deadline_ns == INT64_MAX) return wanted;
  const std::int64_t left = (call->deadline_ns - host->now_ns(host)) / 1'000'000 + 1;
  return wanted < 0 || left < wanted ? left : wanted;
}

// A connection that is being made has no cancel() yet, so this one polls.
dbmux_status slow_connect(const dbmux_call* call, std::int64_t ms, dbmux_error* error) {
  const auto until = Clock::now() + std::chrono::milliseconds(ms);
  while (Clock::now() < until) {
    if (host->is_cancelled(host, call)) return fail(error, DBMUX_E_CANCELLED, "cancelled while connecting");
    if (expired(call)) return fail(error, DBMUX_E_TIMEOUT, "ran out of time while connecting");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return DBMUX_OK;
}

dbmux_status log_in(dbmux_source* source, const dbmux_call* call, dbmux_error* error) {
  const std::string& name = source->options.password;
  if (name.empty()) return DBMUX_OK;
  char buffer[256];
  std::size_t length = 0;
  const dbmux_status status = host->secret(host, call, str(name), buffer, sizeof buffer, &length, error);
  if (status != DBMUX_OK) return status;
  const std::string_view password(buffer, length);
  if (password != "wrong") return DBMUX_OK;
  source->count("logins_refused");
  return fail(error, DBMUX_E_AUTH, "login refused, password was: " + std::string(password));
}

std::int64_t milliseconds_to_ns(std::int64_t ms) { return ms < 0 ? -1 : ms * 1'000'000; }

}  // namespace

Options read_options(const dbmux_param* params, std::size_t n) {
  Options o;
  o.given = stored(params, n);
  const std::map<std::string, std::int64_t*> numbers{{"fail_connects", &o.fail_connects},
                                                     {"connect_delay_ms", &o.connect_delay_ms},
                                                     {"close_delay_ms", &o.close_delay_ms},
                                                     {"cancel_delay_ms", &o.cancel_delay_ms},
                                                     {"numbers_rows", &o.numbers_rows},
                                                     {"role", &o.role},
                                                     {"describe_delay_ms", &o.describe_delay_ms},
                                                     {"privileges", &o.privileges},
                                                     {"lag_ms", &o.lag_ms}};
  const std::map<std::string, bool*> switches{{"resets", &o.resets},
                                              {"server_cancel", &o.server_cancel},
                                              {"enforces_read_only", &o.enforces_read_only},
                                              {"describe_deaf", &o.describe_deaf}};
  for (const StoredParam& p : o.given) {
    if (const auto at = numbers.find(p.name); at != numbers.end()) *at->second = p.value.u.i64;
    if (const auto at = switches.find(p.name); at != switches.end()) *at->second = p.value.u.i64 != 0;
    if (p.name == "catalog") o.catalog = p.bytes;
    if (p.name == "items") o.items = p.bytes;
    if (p.name == "password") o.password = p.bytes;
  }
  return o;
}

dbmux_status open_source(const dbmux_call*, const dbmux_param* options, std::size_t n, dbmux_source** out,
                         dbmux_error* error) noexcept {
  auto* source = new dbmux_source(read_options(options, n));
  rapidjson::Document catalog;
  if (!source->options.catalog.empty() && catalog.Parse(source->options.catalog.c_str()).HasParseError()) {
    delete source;
    return fail(error, DBMUX_E_INVALID, "the option catalog is not JSON");
  }
  if (source->options.fail_connects > 0) {
    ScriptError refused{.status = DBMUX_E_CONNECTION, .flags = DBMUX_ERR_RETRYABLE};
    refused.message = "nothing listens here yet";
    source->failing["connect"] = {source->options.fail_connects, refused};
  }
  *out = source;
  return DBMUX_OK;
}

void close_source(dbmux_source* source, const dbmux_call*) noexcept { delete source; }

dbmux_status connect(dbmux_source* source, const dbmux_call* call, std::uint32_t flags, dbmux_conn** out,
                     dbmux_error* error) noexcept {
  source->count("connect_attempts");
  dbmux_status status = slow_connect(call, source->options.connect_delay_ms, error);
  if (status != DBMUX_OK || source->fails("connect", error, status)) return status;
  if (status = log_in(source, call, error); status != DBMUX_OK) return status;
  const std::lock_guard lock(source->mutex);
  *out = new dbmux_conn(source, ++source->connected, flags);
  source->conns.insert(*out);
  ++source->counters["open_conns"];
  return DBMUX_OK;
}

void close(dbmux_conn* conn, const dbmux_call*) noexcept {
  dbmux_source* source = conn->source;
  conn->pause_deaf(source->options.close_delay_ms);
  {
    const std::lock_guard lock(source->mutex);
    source->conns.erase(conn);
    --source->counters["open_conns"];
    ++source->counters["closed_conns"];
  }
  delete conn;
}

dbmux_status info(dbmux_conn* conn, const dbmux_call*, dbmux_info* out, dbmux_error* error) noexcept {
  if (const dbmux_status status = enter(conn, "info", error); status != DBMUX_OK) return status;
  const Options& o = conn->source->options;
  out->capabilities = DBMUX_CAP_TXN | DBMUX_CAP_MULTI_RESULT | DBMUX_CAP_DRY_RUN | DBMUX_CAP_SETS |
                      scripted::when(o.server_cancel, DBMUX_CAP_SERVER_CANCEL) |
                      scripted::when(o.enforces_read_only, DBMUX_CAP_READ_ONLY);
  out->product = str("Scripted");
  out->version = str("1.0");
  out->dialect = str("script");
  out->user = str("tester");
  out->role = static_cast<std::int32_t>(o.role);
  out->privileges = static_cast<std::uint32_t>(o.privileges);
  out->lag_ns = milliseconds_to_ns(o.lag_ms);
  return DBMUX_OK;
}

dbmux_status ping(dbmux_conn* conn, const dbmux_call*, dbmux_error* error) noexcept {
  conn->source->count("pings");
  return enter(conn, "ping", error);
}

dbmux_status reset(dbmux_conn* conn, const dbmux_call* call, dbmux_error* error) noexcept {
  conn->source->count("resets");
  if (const dbmux_status status = enter(conn, "reset", error); status != DBMUX_OK) return status;
  if (!conn->source->options.resets) return fail(error, DBMUX_E_UNSUPPORTED, "no reset here");
  conn->source->record("reset", "", call->id);
  conn->in_transaction = conn->dirty = false;
  return DBMUX_OK;
}

void cancel(dbmux_conn* conn, std::uint64_t id) noexcept {
  conn->source->count("cancels");
  conn->source->record("cancel", std::to_string(conn->serial), id);
  conn->pause_deaf(conn->source->options.cancel_delay_ms);
  conn->cancel(id);
}

dbmux_status enter(dbmux_conn* conn, const char* operation, dbmux_error* error) {
  dbmux_status status = conn->check_alive(error);
  if (status == DBMUX_OK && conn->source->fails(operation, error, status)) {
    if (error && (error->flags & DBMUX_ERR_CONN_DEAD)) conn->dead = true;
  }
  return status;
}

}  // namespace scripted

void dbmux_source::count(const std::string& name, std::int64_t delta) {
  const std::lock_guard lock(mutex);
  counters[name] += delta;
}

void dbmux_source::record(std::string event, std::string detail, std::uint64_t call) {
  const std::lock_guard lock(mutex);
  events.push_back({std::move(event), std::move(detail), call});
}

bool dbmux_source::fails(const std::string& operation, dbmux_error* error, dbmux_status& status) {
  const std::lock_guard lock(mutex);
  const auto at = failing.find(operation);
  if (at == failing.end() || at->second.first == 0) return false;
  --at->second.first;
  status = at->second.second.raise(error);
  return true;
}

void dbmux_conn::start(std::uint64_t call) {
  const std::lock_guard lock(mutex_);
  running_ = call;
  cancelled_ = false;
}

void dbmux_conn::finish() {
  const std::lock_guard lock(mutex_);
  running_ = 0;
}

void dbmux_conn::cancel(std::uint64_t call) {
  const std::lock_guard lock(mutex_);
  if (running_ != call) return;
  cancelled_ = true;
  changed_.notify_all();
}

dbmux_status dbmux_conn::pause(const dbmux_call* call, std::int64_t ms, dbmux_error* error) {
  const auto started = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  const std::int64_t limit = scripted::milliseconds_left(call, ms);
  const auto stop = [this] { return cancelled_ || dead.load(); };
  if (limit < 0)
    changed_.wait(lock, stop);
  else
    changed_.wait_until(lock, started + std::chrono::milliseconds(limit), stop);
  lock.unlock();
  return check_stop(call, error);
}

void dbmux_conn::pause_deaf(std::int64_t ms) {
  if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

dbmux_status dbmux_conn::check_alive(dbmux_error* error) const {
  if (!dead) return DBMUX_OK;
  return scripted::fail(error, DBMUX_E_CONNECTION, "the server closed the connection", scripted::kGone);
}

dbmux_status dbmux_conn::check_stop(const dbmux_call* call, dbmux_error* error) {
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return scripted::fail(error, DBMUX_E_CANCELLED, "cancelled");
  }
  if (scripted::expired(call)) return scripted::fail(error, DBMUX_E_TIMEOUT, "ran out of time");
  return check_alive(error);
}
