#include "refusal.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "error.hpp"

namespace dbmux::postgres {

namespace {

// "… FATAL:  28P01: password authentication failed …": five characters between colons.
std::size_t find_sqlstate(std::string_view message) {
  constexpr std::string_view kBefore = ":  ", kAfter = ": ";
  for (auto at = message.find(kBefore); at != std::string_view::npos; at = message.find(kBefore, at + 1)) {
    const auto state = message.substr(at + kBefore.size(), 5);
    const bool code = state.size() == 5 && std::all_of(state.begin(), state.end(), [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                      });
    if (code && message.substr(at + kBefore.size() + 5).starts_with(kAfter)) return at + kBefore.size();
  }
  return std::string_view::npos;
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// What libpq says by itself, before the server has said anything.
struct Trouble {
  std::string_view sign;
  std::string_view message;  // "" libpq's own
  std::string_view hint;
};
constexpr std::string_view kStandby = "hot standby mode";
constexpr std::string_view kMistrusted = "certificate verify failed";
constexpr std::array kTroubles{
    Trouble{kMistrusted, "the server's certificate was not issued by a CA we know",
            "Set ssl_ca: FILE. ssl_mode: require does not check names; verify-full does."},
    Trouble{
        "does not match host name", "",
        "Write host as the certificate names it; ssl_mode: verify-ca checks the issuer and not the name."},
    Trouble{"root certificate file", "",
            "Correct ssl_ca: the file has to be there for ssl_mode: verify-ca and verify-full."},
    Trouble{
        "server does not support SSL", "the server offers no TLS, and ssl_mode asks for it",
        "Turn it on at the server (ssl = on); on a network that is trusted ssl_mode: prefer does without."},
};

// The part of libpq's text that is about the matter: its last line, without where it connected to.
std::string_view own_words(std::string_view message) {
  const auto line = message.substr(0, message.find('\n'));
  constexpr std::string_view kFailed = " failed: ";
  const auto at = line.find(kFailed);
  return trimmed(at == std::string_view::npos ? line : line.substr(at + kFailed.size()));
}

kit::Failure refused_by_libpq(std::string_view message) {
  if (holds(message, "no password supplied"))
    return kit::fail(DBMUX_E_AUTH, "the server asks for a password");
  for (const auto& trouble : kTroubles)
    if (holds(message, trouble.sign))
      return kit::fail(DBMUX_E_CONNECTION,
                       std::string(trouble.message.empty() ? own_words(message) : trouble.message))
          .hint(std::string(trouble.hint));
  if (holds(message, kStandby))
    return kit::fail(DBMUX_E_CONNECTION, "the server is a standby, and a primary is wanted")
        .hint("Name all hosts of the cluster, or wait for one of them to be promoted.")
        .flags(DBMUX_ERR_RETRYABLE);
  // What is wrong with TLS will be wrong again.
  const bool tls = holds(message, "SSL") || holds(message, "certificate");
  return kit::fail(DBMUX_E_CONNECTION, std::string(trimmed(message))).flags(tls ? 0 : DBMUX_ERR_RETRYABLE);
}

// "app@erp1": how Azure's single servers wanted it. The names of people have a domain with a dot.
std::string_view name_before_server(std::string_view user) {
  const auto at = user.find('@');
  const bool single = at != std::string_view::npos && at > 0 && !holds(user.substr(at), ".");
  return single ? user.substr(0, at) : std::string_view();
}

std::string sql_literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string advice(const kit::Error& e, const Login& login) {
  if (e.sqlstate == "53300")
    return "The server has no room for another session: lower pool_size.max here or for others, raise "
           "max_connections "
           "there, or put a pooler between.";
  if (e.category == DBMUX_E_NOT_FOUND) return "Correct the option database, or create it at the server.";
  if (e.category != DBMUX_E_AUTH) return {};
  if (holds(e.message, "no encryption") || holds(e.message, "SSL off"))  // the latter before 14
    return "The server lets this login in over TLS only: set ssl_mode: require.";
  if (const auto name = name_before_server(login.user); !name.empty())
    return "The form '" + std::string(login.user) +
           "' belongs to Azure's single servers, retired in March 2025; set user: " + std::string(name) + ".";
  if (!login.with_token) return {};
  if (holds(e.message, "expired")) return "An Entra token lives for about an hour; get a new one.";
  return "The password is an Entra token. If the database has no such Entra role, an administrator runs: "
         "select * from pgaadauth_create_principal(" +
         sql_literal(login.user) + ", false, false);";
}

}  // namespace

bool is_token(std::string_view password) {
  return password.starts_with("eyJ") && std::count(password.begin(), password.end(), '.') == 2;
}

bool is_mistrusted(std::string_view message) { return holds(message, kMistrusted); }

kit::Failure refused_session(std::string_view message, const Login& login) {
  const auto at = find_sqlstate(message);
  if (at == std::string_view::npos) return refused_by_libpq(message);
  const auto state = message.substr(at, 5);
  const auto& meaning = meaning_of(state);
  auto text = message.substr(at + 7);
  if (const auto line = text.find('\n'); line != std::string_view::npos) text = text.substr(0, line);
  kit::Error e;
  e.category = meaning.category;
  e.flags = meaning.flags & ~static_cast<std::uint32_t>(DBMUX_ERR_CONN_DEAD);
  e.sqlstate = state;
  e.message = trimmed(text);
  if (e.category == DBMUX_E_NOT_FOUND || e.category == DBMUX_E_AUTH) e.object = quoted_part(e.message);
  e.hint = advice(e, login);
  return kit::Failure(std::move(e));
}

}  // namespace dbmux::postgres
