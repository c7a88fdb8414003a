// What the host offers to plugins. Every function may be called from any thread while its call lives.
#include <cstring>

#include "base/text.hpp"
#include "driver/abi.hpp"
#include "observe/log.hpp"

namespace dbmux::abi {
namespace {

Notice notice_level(std::int32_t level) {
  switch (level) {
    case DBMUX_LOG_DEBUG:
      return Notice::debug;
    case DBMUX_LOG_INFO:
      return Notice::info;
    case DBMUX_LOG_WARN:
      return Notice::warning;
    default:
      return Notice::error;
  }
}

Level log_level(std::int32_t level) {
  switch (level) {
    case DBMUX_LOG_DEBUG:
      return Level::debug;
    case DBMUX_LOG_INFO:
      return Level::info;
    case DBMUX_LOG_WARN:
      return Level::warning;
    default:
      return Level::error;
  }
}

void host_log(const dbmux_host*, const dbmux_call*, std::int32_t level, dbmux_str text) noexcept {
  try {
    log(log_level(level), "plugin", {{"text", clean(text)}});
  } catch (...) {  // out of memory: a lost log line is the lesser evil
  }
}

std::int64_t now_ns(const dbmux_host*) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

std::int32_t is_cancelled(const dbmux_host*, const dbmux_call* call) noexcept {
  const auto* l = live(call);
  return l && l->call.cancelled() ? 1 : 0;
}

dbmux_status secret(const dbmux_host*, const dbmux_call* call, dbmux_str name, char* buf, std::size_t cap,
                    std::size_t* len, dbmux_error* error) noexcept {
  const auto refuse = [&](dbmux_status status, std::string_view why) {
    if (error) {
      error->category = status;
      const auto n = std::min(why.size(), sizeof error->message - 1);
      std::memcpy(error->message, why.data(), n);
      error->message[n] = 0;
    }
    return status;
  };
  try {
    *len = 0;
    auto* l = live(call);
    if (!l || !l->services)
      return refuse(DBMUX_E_INVALID, "a secret can only be read within a call on a source");
    auto value = l->services->secret(l->call, view(name));
    if (!value) return refuse(DBMUX_E_AUTH, value.error().message);
    *len = value->size();
    if (value->size() > cap) return refuse(DBMUX_E_RESOURCE, "the buffer for the secret is too small");
    std::memcpy(buf, value->data(), value->size());
    explicit_bzero(value->data(), value->size());
    return DBMUX_OK;
  } catch (...) {
    return refuse(DBMUX_E_RESOURCE, "out of memory");
  }
}

void notice(const dbmux_host*, const dbmux_call* call, std::int32_t level, std::int64_t code,
            dbmux_str text) noexcept {
  try {
    if (auto* l = live(call)) l->call.notice(notice_level(level), code, clean(text));
  } catch (...) {  // as in host_log
  }
}

void count(const dbmux_host*, const dbmux_call*, const char*, std::int64_t) noexcept {}

const void* extension(const dbmux_host*, const char* id) noexcept {
  return id && !std::strcmp(id, DBMUX_EXT_ITEMS) ? host_items_table() : nullptr;
}

}  // namespace

const dbmux_host* host_table() {
  static const dbmux_host table{.size = sizeof(dbmux_host),
                                .abi_minor = DBMUX_ABI_MINOR,
                                .name = "dbmux",
                                .version = DBMUX_VERSION,
                                .data = nullptr,
                                .log = host_log,
                                .now_ns = now_ns,
                                .is_cancelled = is_cancelled,
                                .secret = secret,
                                .notice = notice,
                                .count = count,
                                .get_extension = extension};
  return &table;
}

}  // namespace dbmux::abi
