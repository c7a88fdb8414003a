// A driver without a server, and the one fault that its build asks for.
#include "faulty.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <thread>

const dbmux_host* faulty::host = nullptr;

namespace {

using namespace faulty;

void sleep_for_good() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

struct ThrowsAtLoad {
  ThrowsAtLoad() {
    if (has(Fault::throws_at_load)) throw std::runtime_error("a static constructor throws");
  }
} const throws_at_load;

dbmux_status stopped(dbmux_conn& conn, const dbmux_call* call, dbmux_error* error) {
  const bool asked = conn.cancelled || host->is_cancelled(host, call);
  if (asked && !(has(Fault::ignores_cancel) && conn.cancelled))
    return fail(error, DBMUX_E_CANCELLED, "the statement was cancelled");
  if (!has(Fault::ignores_deadline) && host->now_ns(host) >= call->deadline_ns)
    return fail(error, DBMUX_E_TIMEOUT, "the statement ran out of time");
  return DBMUX_OK;
}

dbmux_status wait(dbmux_conn& conn, const dbmux_call* call, dbmux_error* error) {
  std::unique_lock lock(conn.mutex);
  while (true) {
    if (const auto status = stopped(conn, call, error); status != DBMUX_OK) return status;
    conn.changed.wait_for(lock, std::chrono::milliseconds(20));
  }
}

dbmux_status source_open(const dbmux_call*, const dbmux_param* options, std::size_t n, dbmux_source** out,
                         dbmux_error*) noexcept {
  *out = new dbmux_source;
  for (std::size_t i = 0; i < n; ++i)
    if (view(options[i].name) == "password")
      (*out)->password = {options[i].value.u.ptr, options[i].value.len};
  return DBMUX_OK;
}

void source_close(dbmux_source* source, const dbmux_call*) noexcept { delete source; }

dbmux_status connect(dbmux_source* source, const dbmux_call* call, std::uint32_t, dbmux_conn** out,
                     dbmux_error* error) noexcept {
  if (!source->password.empty()) {
    char secret[128] = "login failed for ";
    const auto used = std::strlen(secret);
    std::size_t length = 0;
    const auto status = host->secret(host, call, str(source->password), secret + used,
                                     sizeof secret - used - 1, &length, error);
    if (status != DBMUX_OK) return status;
    if (has(Fault::tells_secret)) return fail(error, DBMUX_E_AUTH, secret);
    if (std::string_view(secret + used, length) == "unreachable")
      return fail(error, DBMUX_E_CONNECTION, "nothing listens there");
  }
  *out = new dbmux_conn;
  if (has(Fault::leaks_memory)) static_cast<void>(::strdup("a leak of one small string"));
  if (has(Fault::leaks_descriptors)) static_cast<void>(::dup(STDERR_FILENO));
  if (has(Fault::leaks_threads)) std::thread(sleep_for_good).detach();
  return DBMUX_OK;
}

void close(dbmux_conn* conn, const dbmux_call*) noexcept {
  if (has(Fault::hangs_in_close)) sleep_for_good();
  delete conn;
}

dbmux_status info(dbmux_conn*, const dbmux_call*, dbmux_info* out, dbmux_error*) noexcept {
  out->capabilities = DBMUX_CAP_SERVER_CANCEL | DBMUX_CAP_READ_ONLY;
  out->product = str("Count");
  out->version = str("1.0");
  out->dialect = str("count");
  out->lag_ns = -1;
  return DBMUX_OK;
}

dbmux_status ping(dbmux_conn*, const dbmux_call*, dbmux_error*) noexcept { return DBMUX_OK; }
dbmux_status reset(dbmux_conn*, const dbmux_call*, dbmux_error*) noexcept { return DBMUX_OK; }

void cancel(dbmux_conn* conn, std::uint64_t id) noexcept {
  const std::lock_guard lock(conn->mutex);
  if (id == 0 || id != conn->running) return;
  conn->cancelled = true;
  conn->changed.notify_all();
}

dbmux_status keep_parameter(dbmux_cursor& cursor, const dbmux_request& request, dbmux_error* error) {
  if (request.n_params != 1) return fail(error, DBMUX_E_INVALID, "echo takes one parameter");
  const auto& given = request.params[0].value;
  if (given.kind > DBMUX_F32S) return fail(error, DBMUX_E_INVALID, "the parameter is of an unknown kind");
  cursor.echo = true;
  cursor.value = given;
  cursor.value.flags = 0;
  if (has(Fault::rounds_numbers) && given.kind == DBMUX_I64) {
    cursor.value.kind = DBMUX_F64;
    cursor.value.u.f64 = static_cast<double>(given.u.i64);
  }
  if (given.kind < DBMUX_NUMBER) return DBMUX_OK;
  auto& text = cursor.conn->text;
  text.assign(given.len ? given.u.ptr : "", given.len);
  if (request.max_cell_bytes > 0 && text.size() > request.max_cell_bytes) {
    std::size_t at = request.max_cell_bytes;
    while (!has(Fault::broken_text) && at > 0 && (text[at] & 0xC0) == 0x80) --at;
    text.resize(at);
    cursor.value.flags = DBMUX_VALUE_TRUNCATED;
  }
  cursor.value.len = static_cast<std::uint32_t>(text.size());
  cursor.value.u.ptr = text.data();
  return DBMUX_OK;
}

dbmux_status understand(dbmux_cursor& cursor, const dbmux_request& request, dbmux_error* error) {
  const auto text = view(request.text);
  if (view(request.language) != "count")
    return fail(error, DBMUX_E_UNSUPPORTED, "the only language is 'count'");
  if (text == "write") return fail(error, DBMUX_E_READ_ONLY, "this would write");
  cursor.wait = text == "wait";
  cursor.left = 1;
  if (cursor.wait) return DBMUX_OK;
  if (text == "echo") return keep_parameter(cursor, request, error);
  if (text.find_first_not_of(" \t\n") == text.npos)
    return fail(error, DBMUX_E_INVALID, "there is no statement");
  if (!text.starts_with("count ")) {
    if (has(Fault::unterminated_error)) std::memset(error->hint, 'x', sizeof error->hint);
    return fail(error, DBMUX_E_SYNTAX, "count N, echo or wait");
  }
  cursor.left = std::strtoull(std::string(text.substr(6)).c_str(), nullptr, 10);
  return DBMUX_OK;
}

void misbehave() {
  if (has(Fault::exits)) std::exit(3);
  if (has(Fault::crashes)) *reinterpret_cast<volatile int*>(8) = 1;
  if (has(Fault::writes_to_stdout)) std::printf("executing\n");
  if (has(Fault::changes_locale)) std::setlocale(LC_ALL, "C.UTF-8");
  if (has(Fault::throws)) throw std::runtime_error("an exception of execute");
}

std::atomic<const dbmux_call*> last_call{nullptr};

dbmux_status execute(dbmux_conn* conn, const dbmux_call* call, const dbmux_request* request,
                     dbmux_cursor** out, dbmux_error* error) noexcept {
  misbehave();
  const auto* before = last_call.exchange(call);
  if (has(Fault::late_host_call) && before) host->is_cancelled(host, before);
  auto cursor = std::make_unique<dbmux_cursor>();
  cursor->conn = conn;
  cursor->batch_rows = std::max(1u, request->batch_rows);
  cursor->kept = request->text;
  cursor->column.name = str("n");
  cursor->column.native_type = cursor->column.origin = str("");
  cursor->column.kind = DBMUX_I64;
  cursor->column.nullable = -1;
  if (const auto status = understand(*cursor, *request, error); status != DBMUX_OK) return status;
  const std::lock_guard lock(conn->mutex);
  conn->running = call->id;
  conn->cancelled = false;
  if (const auto status = stopped(*conn, call, error); status != DBMUX_OK) return status;
  *out = cursor.release();
  return DBMUX_OK;
}

dbmux_status columns(dbmux_cursor* cursor, const dbmux_column** out, std::size_t* n, dbmux_error*) noexcept {
  *out = &cursor->column;
  *n = 1;
  return DBMUX_OK;
}

dbmux_status next_batch(dbmux_cursor* cursor, const dbmux_call* call, dbmux_batch* out,
                        dbmux_error* error) noexcept {
  if (cursor->wait) return wait(*cursor->conn, call, error);
  cursor->cells.clear();
  if (has(Fault::keeps_request) && cursor->kept.ptr[0] == 0) cursor->left = 0;
  for (; cursor->left > 0 && cursor->cells.size() < cursor->batch_rows; --cursor->left) {
    auto cell = cursor->value;
    if (!cursor->echo) {
      cell.kind = DBMUX_I64;
      cell.u.i64 = static_cast<std::int64_t>(++cursor->next);
    }
    if (has(Fault::garbage_lengths)) {
      cell.kind = DBMUX_BYTES;
      cell.len = 1'000'000;
      cell.u.ptr = reinterpret_cast<const char*>(16);
    }
    cursor->cells.push_back(cell);
  }
  out->n_cols = 1;
  out->n_rows = static_cast<std::uint32_t>(cursor->cells.size());
  out->cells = cursor->cells.data();
  return DBMUX_OK;
}

dbmux_status summary(dbmux_cursor*, dbmux_summary* out, dbmux_error*) noexcept {
  out->enforced_by = DBMUX_BY_PARSER;
  out->rows_affected = -1;
  return DBMUX_OK;
}

dbmux_status cursor_close(dbmux_cursor* cursor, const dbmux_call*, dbmux_error*) noexcept {
  {
    const std::lock_guard lock(cursor->conn->mutex);
    cursor->conn->running = 0;
  }
  delete cursor;
  return DBMUX_OK;
}

constexpr dbmux_driver kDriver{sizeof(dbmux_driver),
                               0,
                               source_open,
                               source_close,
                               connect,
                               close,
                               info,
                               ping,
                               reset,
                               cancel,
                               execute,
                               columns,
                               next_batch,
                               nullptr,
                               summary,
                               cursor_close};

dbmux_status init(const dbmux_host* given, dbmux_error*) noexcept {
  host = given;
  return DBMUX_OK;
}
void shutdown() noexcept { host = nullptr; }
const void* get_extension(const char* id) noexcept {
  const bool asked = has_items() && std::strcmp(id, DBMUX_EXT_ITEMS) == 0;
  return asked ? items() : nullptr;
}

constexpr const char* kLanguages[] = {"count", nullptr};
constexpr const char* kSchema = R"({"type":"object","additionalProperties":false,
"x-dbmux-check":{"echo":"echo","rows":"count 3000","slow":"wait","wrong":"cuont 3","write":"write"},
"properties":{"password":{"type":"string","x-dbmux-secret":true}}})";

constexpr dbmux_plugin kPlugin{
    .size = sizeof(dbmux_plugin),
    .abi_major = DBMUX_ABI_MAJOR,
    .abi_minor = DBMUX_ABI_MINOR,
    .abi_draft = has(Fault::wrong_abi) ? 999 : DBMUX_ABI_DRAFT,
    .flags = has_items() && !has(Fault::items_without_flag) ? unsigned{DBMUX_PLUGIN_HAS_ITEMS} : 0u,
    .reserved = 0,
    .id = FAULT_NAME,
    .name = "Count",
    .vendor = "dbmux tests",
    .version = "1.0",
    .languages = kLanguages,
    .url_schemes = nullptr,
    .config_schema = kSchema,
    .driver = &kDriver,
    .init = init,
    .shutdown = shutdown,
    .get_extension = get_extension};

}  // namespace

const dbmux_plugin* dbmux_plugin_v1(void) noexcept { return &kPlugin; }

extern "C" {
DBMUX_EXPORT int a_second_symbol(void);
int a_second_symbol(void) { return 2; }
}
