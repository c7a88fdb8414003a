#include "connections/endpoint.hpp"

#include <charconv>
#include <filesystem>

#include "base/text.hpp"
#include "driver/option_schema.hpp"
#include "driver/options.hpp"
#include "secret/secret.hpp"

namespace dbmux {

namespace {

int port_from(std::string_view text) {
  int port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && port > 0 && port < 65536 ? port
                                                                                                     : 0;
}

// What a schema gives a part that is not configured.
std::string initial(const JsonDocument& schema, std::string_view name) {
  const auto* properties = member(schema, "properties");
  const auto* property = properties ? member(*properties, name) : nullptr;
  const auto* value = property ? member(*property, "default") : nullptr;
  if (!value) return {};
  return value->IsString() ? std::string(view(*value)) : value->IsNumber() ? to_json(*value) : std::string();
}

// host and port of scheme://user@host:port/…
void read_url(std::string_view url, Endpoint& into) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return;
  auto place = url.substr(scheme + 3);
  place = place.substr(0, place.find_first_of("/?#"));
  if (const auto at = place.rfind('@'); at != std::string_view::npos) place.remove_prefix(at + 1);
  const auto closed = place.rfind(']');
  const auto colon = place.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (closed == std::string_view::npos || colon > closed);
  into.host = place.substr(0, has_port ? colon : place.size());
  if (into.host.starts_with('[') && into.host.ends_with(']'))
    into.host = into.host.substr(1, into.host.size() - 2);
  into.port = has_port ? port_from(place.substr(colon + 1)) : url.starts_with("https:") ? 443 : 80;
}

// Of "a:1,b:2" the first one.
void read_first_of_list(Endpoint& to) {
  const auto comma = to.host.find(',');
  if (comma == std::string::npos) return;
  to.host.resize(comma);
  const auto colon = to.host.rfind(':');
  const bool has_port =
      colon != std::string::npos && (to.host.find(':') == colon || (colon > 0 && to.host[colon - 1] == ']'));
  if (has_port) {
    to.port = port_from(std::string_view(to.host).substr(colon + 1));
    to.host.resize(colon);
  }
  if (to.host.starts_with('[') && to.host.ends_with(']')) to.host = to.host.substr(1, to.host.size() - 2);
}

std::string text_of(const Param* param) {
  if (!param) return {};
  return param->kind == Kind::i64 ? std::to_string(param->i64) : param->text;
}

struct Parts {
  const OptionSchema& schema;
  const CheckedOptions& options;

  // An option by the part of a URL that it takes: x-dbmux-dsn, or its name.
  const OptionSpec* spec(std::string_view part) const {
    for (const auto& one : schema.options())
      if (one.dsn == part) return &one;
    for (const auto& one : schema.options())
      if (one.dsn.empty() && one.path == part) return &one;
    return nullptr;
  }
  const Param* param(std::string_view path) const {
    for (const auto& one : options.params)
      if (one.name == path) return &one;
    return nullptr;
  }
  std::string text(std::string_view part) const {
    const auto* one = spec(part);
    if (!one || options.secrets.contains(one->path)) return {};
    const auto given = text_of(param(one->path));
    return given.empty() ? initial(schema.document(), one->path) : given;
  }
};

// word in lower case
bool says(const Error& e, std::string_view word) {
  for (const auto* text : {&e.message, &e.detail}) {
    std::string lower;
    for (const char c : *text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string with_stop(std::string text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
  return text.empty() || text.ends_with('.') || text.ends_with('?') ? text : text + '.';
}

// How to give it one, where it has none.
std::string how_to_keep(const ConnectionProfile& profile, std::string_view option) {
  if (profile.origin.line == 0)  // of no profile
    return "dbmux setup asks for it and keeps it sealed; or set its variable.";
  return "dbmux secret set " + profile.name + ", and in the profile " + std::string(option) +
         ": {secret: \"store:" + profile.name + "\"}";
}

Error login_refused(Error e, const ConnectionProfile& profile, const Endpoint& to, const Descriptor& plugin,
                    const Environment& environment) {
  const bool of_password = says(e, "password");
  const auto user = to.user.empty() ? std::string() : " of '" + to.user + "'";
  const auto code = e.code.empty() ? std::string() : " (" + e.code + ")";
  const auto refused = profile.name + ": " + plugin.name + " refused the ";
  const auto engine = with_stop(e.message);
  if (!to.password) {
    e.message = refused + "login" + user + code + ": " + engine;
    if (to.takes_password.empty()) return e;
    e.message += " No password is configured.";
    if (e.hint.empty()) e.hint = how_to_keep(profile, to.takes_password);
    return e;
  }
  auto secret = find_secret(*to.password, environment);
  if (!secret) return e;  // it says by itself what is missing
  wipe(secret->value);
  const auto place = secret->source == "literal" ? "stands in the profile or in the URL."
                                                 : "came from " + secret->source + ".";
  e.message = of_password ? refused + "password" + user + code + ". It " + place
                          : refused + "login" + user + code + ": " + engine + " The password " + place;
  if (of_password && e.detail.empty()) e.detail = "The server says: " + engine;
  if (e.hint.empty()) e.hint = "Test it with: dbmux doctor " + profile.name;
  return e;
}

}  // namespace

Endpoint endpoint_of(const ConnectionProfile& profile, const Descriptor& descriptor) {
  Endpoint to;
  const auto schema = OptionSchema::of(descriptor);
  const auto options = check_options(profile, descriptor);
  if (!schema || !options) return to;
  const Parts parts{*schema, *options};
  to.user = parts.text("user");
  if (const auto* password = parts.spec("password")) {
    to.takes_password = password->path;
    if (const auto at = options->secrets.find(password->path); at != options->secrets.end())
      to.password = at->second;
  }
  for (const auto& one : schema->options())
    if (const auto* given = one.path_kind.empty() ? nullptr : parts.param(one.path))
      to.files.push_back(given->text);
  const auto* url = parts.spec("uri");
  if (url && options->secrets.contains(url->path)) {
    to.takes_password.clear();  // it may hold one
    return to;
  }
  if (const auto* given = url ? parts.param(url->path) : nullptr) {
    read_url(given->text, to);
    return to;
  }
  if (const auto* host = parts.spec("host"); host && host->host) {
    to.host = parts.text("host");
    to.port = port_from(parts.text("port"));
    read_first_of_list(to);
  }
  return to;
}

Result<ConnectionProfile> led_to(ConnectionProfile profile, const Descriptor& descriptor,
                                 const std::string& host, int port) {
  const auto schema = OptionSchema::of(descriptor);
  if (!schema) return fail(schema.error());
  const auto replace = [&](const OptionSpec& spec, auto value) {
    std::erase_if(profile.options, [&](const Option& o) { return schema->find(o.path) == &spec; });
    Option made;
    made.path = spec.path;
    made.key = profile.origin;
    made.value.data = std::move(value);
    profile.options.push_back(std::move(made));
  };
  bool led = false;
  for (const auto& spec : schema->options()) {
    const bool is_host = spec.host && spec.dsn == "host";
    if (is_host) replace(spec, host);
    if (spec.dsn == "port" && port > 0) replace(spec, std::int64_t{port});
    led = led || is_host;
  }
  if (!led)
    return fail(Category::profile, profile.name + ": " + descriptor.name +
                                       " is not reached by a host alone, so it has no replicas");
  profile.access = Access::read_only;
  profile.replicas.clear();
  return profile;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.ends_with(".localhost") ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool in_container() {
  std::error_code ec;
  return std::filesystem::exists("/.dockerenv", ec) || std::filesystem::exists("/run/.containerenv", ec);
}

Error in_words_of_connection(Error e, const ConnectionProfile& profile, const Descriptor& descriptor,
                             const Environment& environment, bool contained) {
  if (e.category != Category::auth && e.category != Category::connection) return e;
  const auto to = endpoint_of(profile, descriptor);
  if (e.category == Category::auth) return login_refused(std::move(e), profile, to, descriptor, environment);
  if (to.host.empty()) return e;
  if (!says(e, "connection refused")) {
    e.message = profile.name + ": " + e.message;
    return e;
  }
  e.detail = with_stop(e.message.substr(0, e.message.find('\n')));
  e.message =
      profile.name + ": nothing listens on " + to.host + (to.port > 0 ? ":" + std::to_string(to.port) : "");
  if (contained && is_loopback(to.host))
    e.hint =
        "dbmux runs in a container, where " + to.host + " is the container itself; use host.docker.internal.";
  return e;
}

}  // namespace dbmux
