#include "error.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>

namespace dbmux::mssql {

namespace {

struct Meaning {
  std::int32_t number;
  dbmux_status category;
  std::uint32_t flags = 0;
};

constexpr Meaning kMeanings[] = {{102, DBMUX_E_SYNTAX},
                                 {103, DBMUX_E_SYNTAX},
                                 {104, DBMUX_E_SYNTAX},
                                 {105, DBMUX_E_SYNTAX},
                                 {113, DBMUX_E_SYNTAX},
                                 {137, DBMUX_E_INVALID},
                                 {156, DBMUX_E_SYNTAX},
                                 {170, DBMUX_E_SYNTAX},
                                 {195, DBMUX_E_NOT_FOUND},
                                 {207, DBMUX_E_NOT_FOUND},
                                 {208, DBMUX_E_NOT_FOUND},
                                 {229, DBMUX_E_DENIED},
                                 {230, DBMUX_E_DENIED},
                                 {262, DBMUX_E_DENIED},
                                 {297, DBMUX_E_DENIED},
                                 {300, DBMUX_E_DENIED},
                                 {319, DBMUX_E_SYNTAX},
                                 {515, DBMUX_E_CONSTRAINT},
                                 {547, DBMUX_E_CONSTRAINT},
                                 {701, DBMUX_E_RESOURCE, DBMUX_ERR_RETRYABLE},
                                 {911, DBMUX_E_NOT_FOUND},
                                 {916, DBMUX_E_DENIED},
                                 {1105, DBMUX_E_RESOURCE},
                                 {1205, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE | DBMUX_ERR_TXN_FAILED},
                                 {1222, DBMUX_E_LOCK_TIMEOUT, DBMUX_ERR_RETRYABLE},
                                 {1801, DBMUX_E_EXISTS},
                                 {1913, DBMUX_E_EXISTS},
                                 {2601, DBMUX_E_CONSTRAINT},
                                 {2627, DBMUX_E_CONSTRAINT},
                                 {2628, DBMUX_E_CONSTRAINT},
                                 {2705, DBMUX_E_EXISTS},
                                 {2714, DBMUX_E_EXISTS},
                                 {2812, DBMUX_E_NOT_FOUND},
                                 {3701, DBMUX_E_NOT_FOUND},
                                 {3906, DBMUX_E_READ_ONLY},
                                 {3960, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE | DBMUX_ERR_TXN_FAILED},
                                 {4060, DBMUX_E_NOT_FOUND},
                                 {4902, DBMUX_E_NOT_FOUND},
                                 {8152, DBMUX_E_CONSTRAINT},
                                 {9002, DBMUX_E_RESOURCE},
                                 {10928, DBMUX_E_RESOURCE, DBMUX_ERR_RETRYABLE},
                                 {10929, DBMUX_E_RESOURCE, DBMUX_ERR_RETRYABLE},
                                 {15151, DBMUX_E_NOT_FOUND},
                                 {18452, DBMUX_E_AUTH},
                                 {18456, DBMUX_E_AUTH},
                                 {18470, DBMUX_E_AUTH},
                                 {18486, DBMUX_E_AUTH},
                                 {18487, DBMUX_E_AUTH},
                                 {18488, DBMUX_E_AUTH},
                                 {40501, DBMUX_E_RESOURCE, DBMUX_ERR_RETRYABLE},
                                 {40613, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE}};

constexpr std::int32_t kCountMismatch = 266;  // said besides the error that caused it
constexpr std::int32_t kFatal = 20;           // from this severity on the server ends the session

Meaning meaning_of(const ServerMessage& m) {
  if (m.severity >= kFatal) return {m.number, DBMUX_E_CONNECTION, DBMUX_ERR_CONN_DEAD};
  const auto* known =
      std::find_if(std::begin(kMeanings), std::end(kMeanings), [&](auto& k) { return k.number == m.number; });
  if (known != std::end(kMeanings)) return *known;
  switch (m.severity) {
    case 13:
      return {m.number, DBMUX_E_CONFLICT};
    case 14:
      return {m.number, DBMUX_E_DENIED};
    case 15:
      return {m.number, DBMUX_E_SYNTAX};
    case 17:
      return {m.number, DBMUX_E_RESOURCE};
    case 18:
    case 19:
      return {m.number, DBMUX_E_INTERNAL};
    default:
      return {m.number, DBMUX_E_INVALID};
  }
}

// What the server names first, in quotes: "Invalid object name 'dbo.t'."
std::string object_in(const ServerMessage& m) {
  constexpr std::int32_t kSyntax[] = {102, 105, 156, 170, 319};
  if (std::find(std::begin(kSyntax), std::end(kSyntax), m.number) != std::end(kSyntax)) return {};
  const auto start = m.text.find_first_of("'\"");
  if (start == std::string::npos) return {};
  const auto end = m.text.find(m.text[start], start + 1);
  return end == std::string::npos ? std::string() : m.text.substr(start + 1, end - start - 1);
}

const ServerMessage* first_cause(const Reception& r) {
  const auto cause =
      std::find_if(r.errors.begin(), r.errors.end(), [](auto& m) { return m.number != kCountMismatch; });
  return cause != r.errors.end() ? &*cause : r.errors.empty() ? nullptr : &r.errors.front();
}

kit::Error told_by_server(const Reception& r, const ServerMessage& cause) {
  kit::Error e;
  const auto meaning = meaning_of(cause);
  e.category = meaning.category;
  e.flags = meaning.flags;
  e.native_code = cause.number;
  e.line = cause.line;
  e.severity = cause.severity;
  if (e.category == DBMUX_E_READ_ONLY) e.refused_by = DBMUX_BY_FILE;
  e.message = cause.text;
  if (e.category != DBMUX_E_AUTH && e.category != DBMUX_E_SYNTAX) e.object = object_in(cause);
  for (const auto& m : r.errors)
    if (&m != &cause && m.number != kCountMismatch) e.detail += (e.detail.empty() ? "" : "\n") + m.text;
  if (!cause.procedure.empty())
    e.detail += (e.detail.empty() ? "" : "\n") + std::string("in procedure ") + cause.procedure;
  return e;
}

std::string address(const Options& o) { return o.server + ":" + std::to_string(o.port); }

}  // namespace

kit::Failure failure(const Reception& r, bool dead) {
  kit::Error e;
  if (const auto* cause = first_cause(r)) {
    e = told_by_server(r, *cause);
  } else {
    e.category = dead ? DBMUX_E_CONNECTION : DBMUX_E_INTERNAL;
    e.native_code = r.library_error.number;
    e.message = dead ? "the connection to the server was lost" : "FreeTDS failed";
    if (!r.library_error.text.empty()) e.detail = r.library_error.text;
    if (dead) e.flags |= DBMUX_ERR_RETRYABLE;
  }
  if (dead) e.flags |= DBMUX_ERR_CONN_DEAD;
  return kit::Failure(std::move(e));
}

kit::Failure login_failure(const Reception& r, const Options& o, bool timed_out, bool cancelled) {
  if (cancelled) return kit::fail(DBMUX_E_CANCELLED, "the login was cancelled");
  if (const auto* cause = first_cause(r)) {
    auto e = told_by_server(r, *cause);
    if (cause->number == 4060) e.object = o.database;
    return kit::Failure(std::move(e));
  }
  const auto code = r.library_error.number;
  const auto os = r.library_error.os_error;
  if (timed_out)
    return kit::fail(DBMUX_E_CONNECTION, address(o) + " did not answer in time")
        .flags(DBMUX_ERR_RETRYABLE)
        .code(SYBETIME);
  if (code == SYBEUHST)
    return kit::fail(DBMUX_E_CONNECTION, "the host name " + o.server + " is not known").code(code);
  if (code == SYBENTLL)
    return kit::fail(DBMUX_E_INVALID, "FreeTDS takes user, password and database of at most 128 bytes each")
        .code(code);
  if (code == SYBECONN)
    return kit::fail(DBMUX_E_CONNECTION, "no connection to " + address(o) +
                                             (os ? std::string(": ") + std::strerror(os) : std::string()))
        .flags(DBMUX_ERR_RETRYABLE)
        .code(code);
  auto reason = kit::fail(DBMUX_E_CONNECTION, "the login to " + address(o) + " did not complete")
                    .flags(DBMUX_ERR_RETRYABLE)
                    .code(code);
  if (!o.encrypt) return reason;
  reason->message = "no encrypted session with " + address(o);
  reason->hint = o.trust_server_certificate ? "the server offers no encryption, or ended the handshake"
                                            : "the server's certificate is not signed by a trusted authority "
                                              "(caFile), or not for this host name, or "
                                              "the server offers no encryption";
  reason->flags = 0;
  return reason;
}

}  // namespace dbmux::mssql
