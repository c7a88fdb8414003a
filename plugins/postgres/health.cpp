#include "health_checks.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "connection.hpp"
#include "error.hpp"
#include "result_cursor.hpp"
#include "source.hpp"

namespace dbmux::postgres {

namespace {

struct Finding {
  std::string status, value, advice;
};

// A socket or loopback: nobody is on the way.
bool is_near(std::string_view host) {
  return host.starts_with('/') || host.starts_with("127.") || host == "localhost" || host == "::1";
}

// Without asking the server.
Finding tls(PGconn* session, const Options& options, const std::string& host) {
  const bool near = is_near(host);
  if (PQsslInUse(session) == 0)
    return {near ? "ok" : "warn", near ? "none, and none is needed on this machine" : "none",
            near ? "" : "Everybody on the way can read along: set ssl_mode: require, or better verify-full."};
  const auto attribute = [&](const char* name) {
    const char* text = PQsslAttribute(session, name);
    return std::string(text ? text : "?");
  };
  const bool fallback = options.ssl == "prefer" && !near;
  return {fallback ? "warn" : "ok",
          attribute("protocol") + ", " + attribute("cipher") +
              (options.ssl == "verify-full" ? "; issuer and name of the server are checked"
               : options.ssl == "verify-ca" ? "; the issuer is checked, the name is not"
                                            : "; who the server is is not checked"),
          fallback
              ? "ssl_mode: prefer would do without; set require, or verify-full to check who the server is."
              : ""};
}

bool is_denied(const PGresult* error) { return sqlstate(error) == "42501"; }

std::string grant_monitor(const std::string& user) {
  return "GRANT pg_monitor TO \"" + user + "\"; lets this be seen.";
}

std::string first_words(const PGresult* error) { return failure(error)->message; }

// The values of all rows, the advice of the gravest.
Finding found(const HealthCheck& check, const Reply& reply, const std::string& user) {
  if (reply.error && is_denied(reply.error.get()))
    return {"unknown", "the role '" + user + "' may not look", grant_monitor(user)};
  if (reply.error) return {"unknown", first_words(reply.error.get()), ""};
  const auto* rows = reply.rows.get();
  if (!rows) return {"unknown", "the server gave no answer", ""};
  const int n = PQntuples(rows);
  if (n == 0) return {"ok", check.none, ""};
  constexpr int kShown = 5;
  Finding f{PQgetvalue(rows, 0, 0), "", PQgetvalue(rows, 0, 2)};
  for (int i = 0; i < std::min(n, kShown); ++i)
    f.value += (i > 0 ? "; " : "") + std::string(PQgetvalue(rows, i, 1));
  if (n > kShown) f.value += "; and more";
  return f;
}

}  // namespace

kit::CursorResult Connection::health() {
  std::vector<std::string> texts;
  for (const auto& check : health_checks()) texts.emplace_back(check.query);
  auto replies = ask(texts, {});
  if (!replies) return replies.failure();
  auto rows = kit::rows_of({{"check"}, {"status"}, {"value"}, {"advice"}});
  const auto add = [&](const char* check, const Finding& f) {
    rows->add({kit::text(check), kit::text(f.status), kit::text(f.value), kit::text(f.advice)});
  };
  add("TLS", tls(wire_->get(), source_.options(), PQhost(wire_->get())));
  for (std::size_t i = 0; i < replies->size(); ++i)
    add(health_checks()[i].name, found(health_checks()[i], (*replies)[i], user_));
  return rows;
}

}  // namespace dbmux::postgres
