#include "profile/dsn.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "base/text.hpp"
#include "profile/build.hpp"
#include "profile/scalar.hpp"

namespace dbmux {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// sqlite:x.db?mode -> the '?' belongs to the name, unless NAME= follows it.
std::size_t query_at(std::string_view text) {
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return mark;
  std::size_t i = mark + 1;
  while (i < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_' || text[i] == '.'))
    ++i;
  return i > mark + 1 && i < text.size() && text[i] == '=' ? mark : std::string_view::npos;
}

std::vector<std::string> all_schemes(std::span<const DsnPlugin> plugins) {
  std::vector<std::string> schemes;
  for (const DsnPlugin& plugin : plugins)
    schemes.insert(schemes.end(), plugin.schemes.begin(), plugin.schemes.end());
  return schemes;
}

const DsnPlugin* serving(std::span<const DsnPlugin> plugins, std::string_view scheme) {
  for (const DsnPlugin& plugin : plugins)
    if (std::find(plugin.schemes.begin(), plugin.schemes.end(), scheme) != plugin.schemes.end())
      return &plugin;
  return nullptr;
}

Value plain_value(std::string text, const Mark& mark) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.plain = true;
  node.text = std::move(text);
  Value value = to_value(node, mark.file);
  value.mark = mark;
  return value;
}

class DsnParser {
 public:
  DsnParser(std::span<const DsnPlugin> plugins, const Mark& origin) : plugins_(plugins), origin_(origin) {
    made_.origin = origin;
  }

  Result<ConnectionProfile> run(std::string_view text) {
    const std::size_t equals = text.find_first_of("=:/?@");
    if (equals != std::string_view::npos && text[equals] == '=') {
      made_.name = text.substr(0, equals);
      if (!is_connection_name(made_.name))
        return refuse("'" + made_.name +
                      "' is not a name for a connection: letters, digits, '_', '.' and '-'");
      text.remove_prefix(equals + 1);
    }
    const std::size_t colon = text.find(':');
    const std::string_view scheme = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    if (scheme.empty() || scheme.find('/') != std::string_view::npos) return bare_file(text);
    plugin_ = serving(plugins_, lower(scheme));
    if (plugin_ == nullptr) plugin_ = serving(plugins_, lower(scheme.substr(0, scheme.find('+'))));
    if (plugin_ == nullptr) return unknown_scheme(scheme);
    made_.plugin = plugin_->id;
    if (plugin_->parts.contains("uri")) return whole(text);
    const std::string_view rest = text.substr(colon + 1);
    Result<void> done = rest.starts_with("//") ? url(rest.substr(2)) : opaque(rest);
    if (!done) return fail(std::move(done.error()));
    return std::move(made_);
  }

 private:
  static std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
  }

  tl::unexpected<Error> refuse(std::string message) const {
    return fail(Category::invalid, origin_.text() + ": " + std::move(message));
  }

  tl::unexpected<Error> unknown_scheme(std::string_view scheme) const {
    const auto schemes = all_schemes(plugins_);
    std::string message = "no plugin serves '" + std::string(utf8_prefix(scheme, 40)) + ":'";
    message += schemes.empty() ? "; no plugin is installed" : "; there are: " + joined(schemes, ", ");
    Error error = refuse(std::move(message)).value();
    error.did_you_mean = nearest(scheme, schemes, 1);
    return fail(std::move(error));
  }

  Result<ConnectionProfile> bare_file(std::string_view text) {
    std::vector<const DsnPlugin*> takers;
    for (const DsnPlugin& plugin : plugins_)
      if (plugin.parts.contains("file")) takers.push_back(&plugin);
    std::error_code error;
    const bool there = !text.empty() && std::filesystem::is_regular_file(text, error);
    if (!there || takers.empty()) {
      const auto schemes = all_schemes(plugins_);
      // A text with '@' may hold a password.
      const bool shown = text.find('@') == std::string_view::npos;
      return refuse((shown ? "'" + std::string(utf8_prefix(text, 80)) + "'" : std::string("this")) +
                    " is neither a file that exists nor begins with a scheme (" + joined(schemes, ", ") +
                    ")");
    }
    if (takers.size() > 1)
      return refuse("'" + std::string(text) + "' could be opened by " + takers[0]->id + " or " +
                    takers[1]->id + "; write the scheme in front");
    plugin_ = takers.front();
    made_.plugin = plugin_->id;
    file(std::string(text));
    return std::move(made_);
  }

  Result<ConnectionProfile> whole(std::string_view text) {
    const std::size_t at = text.substr(0, text.find('?')).rfind('@');
    const std::size_t authority = text.find("//");
    const bool secret = at != std::string_view::npos && authority != std::string_view::npos &&
                        text.substr(authority + 2, at - authority - 2).find(':') != std::string_view::npos;
    if (secret)
      add_secret("uri", std::string(text));
    else
      add("uri", std::string(text));
    return std::move(made_);
  }

  void add_option(std::string path, std::string text) {
    Option option;
    option.path = std::move(path);
    option.key = origin_;
    option.value = plain_value(std::move(text), origin_);
    made_.options.push_back(std::move(option));
  }
  void add(std::string_view part, std::string text) {
    add_option(plugin_->parts.find(part)->second, std::move(text));
  }
  void add_secret(std::string_view part, std::string text) {
    Option option;
    option.path = plugin_->parts.find(part)->second;
    option.key = origin_;
    option.secret = SecretSources{{"literal:" + std::move(text)}, origin_};
    made_.options.push_back(std::move(option));
  }

  void file(std::string path) {
    std::error_code error;
    if (!path.starts_with(':')) {
      const auto absolute = std::filesystem::absolute(path, error);
      if (!error) path = absolute.lexically_normal().string();
    }
    Option option;
    option.path = plugin_->parts.find("file")->second;
    option.key = origin_;
    option.value.mark = origin_;
    option.value.scalar = path;
    option.value.data = std::move(path);
    made_.options.push_back(std::move(option));
  }

  Result<void> opaque(std::string_view rest) {
    if (!plugin_->parts.contains("file"))
      return refuse("write " + plugin_->schemes.front() + "://user@host:port/database");
    const std::size_t mark = query_at(rest);
    const std::string_view path = rest.substr(0, mark);
    if (path.empty()) return refuse("a file is missing behind '" + plugin_->schemes.front() + ":'");
    file(std::string(path));
    return mark == std::string_view::npos ? Result<void>{} : query(rest.substr(mark + 1));
  }

  Result<void> url(std::string_view rest) {
    const std::size_t mark = rest.find('?');
    const std::string_view address = rest.substr(0, mark);
    const std::size_t slash = address.find('/');
    const std::string_view authority = address.substr(0, slash);
    const std::string_view path = slash == std::string_view::npos ? "" : address.substr(slash);
    Result<void> done =
        plugin_->parts.contains("file") ? file_url(authority, path) : network_url(authority, path);
    if (!done || mark == std::string_view::npos) return done;
    return query(rest.substr(mark + 1));
  }

  Result<void> file_url(std::string_view authority, std::string_view path) {
    const std::string& scheme = plugin_->schemes.front();
    if (!authority.empty())
      return refuse("a file has no host: write " + scheme + ":FILE, or " + scheme +
                    ":///FILE for an absolute path");
    const auto decoded = percent_decoded(path);
    if (!decoded) return refuse("a '%' in a URL is followed by two hexadecimal digits");
    if (path.size() < 2) return refuse("a file is missing behind '" + scheme + "://'");
    file(*decoded);
    return {};
  }

  Result<void> part(std::string_view name, std::string_view encoded) {
    if (encoded.empty()) return {};
    auto text = percent_decoded(encoded);
    if (!text)
      return refuse("a '%' in a URL is followed by two hexadecimal digits; write %25 for the sign itself");
    if (!plugin_->parts.contains(name))
      return refuse("the plugin '" + plugin_->id + "' takes no " + std::string(name));
    if (name == "password")
      add_secret(name, *std::move(text));
    else
      add(name, *std::move(text));
    return {};
  }

  Result<void> network_url(std::string_view authority, std::string_view path) {
    const std::size_t at = authority.rfind('@');
    std::string_view login = at == std::string_view::npos ? "" : authority.substr(0, at);
    std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
    const std::size_t colon = login.find(':');
    const std::string_view password = colon == std::string_view::npos ? "" : login.substr(colon + 1);
    login = login.substr(0, colon);
    std::string_view port;
    if (host.find(',') != std::string_view::npos) {
      // Several servers: which port belongs to which, the plugin knows.
    } else if (host.starts_with('[')) {
      const std::size_t end = host.find(']');
      if (end == std::string_view::npos) return refuse("the '[' of the address is not closed");
      port = host.substr(end + 1);
      host = host.substr(1, end - 1);
    } else if (const std::size_t last = host.rfind(':'); last != std::string_view::npos) {
      port = host.substr(last);
      host = host.substr(0, last);
    }
    if (!port.empty() && (port.front() != ':' || !as_integer(port.substr(1))))
      return refuse("the port is not a number");
    if (!port.empty()) port.remove_prefix(1);
    if (!path.empty()) path.remove_prefix(1);
    for (const auto& [name, text] : {std::pair{"user", login},
                                     {"password", password},
                                     {"host", host},
                                     {"port", port},
                                     {"database", path}})
      if (auto done = part(name, text); !done) return done;
    return {};
  }

  Result<void> query(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('&');
      const std::string_view one = text.substr(0, end);
      text = end == std::string_view::npos ? "" : text.substr(end + 1);
      if (one.empty()) continue;
      const std::size_t equals = one.find('=');
      const auto name = percent_decoded(one.substr(0, equals));
      const auto value = percent_decoded(equals == std::string_view::npos ? "" : one.substr(equals + 1));
      if (!name || name->empty() || !value) return refuse("behind '?' stand NAME=VALUE pairs");
      const auto named = plugin_->parts.find("password");
      if (named != plugin_->parts.end() && snake_case(named->second) == snake_case(*name))
        add_secret("password", *value);
      else
        add_option(*name, *value);
    }
    return {};
  }

  std::span<const DsnPlugin> plugins_;
  const Mark& origin_;
  const DsnPlugin* plugin_ = nullptr;
  ConnectionProfile made_;
};

}  // namespace

Result<ConnectionProfile> parse_dsn(std::string_view text, std::span<const DsnPlugin> plugins,
                                    const Mark& origin) {
  return DsnParser(plugins, origin).run(text);
}

bool holds_secret(const ConnectionProfile& connection) {
  return std::any_of(connection.options.begin(), connection.options.end(),
                     [](const Option& option) { return option.secret.has_value(); });
}

Result<Profile> profile_from_dsns(std::span<const std::string> arguments,
                                  std::span<const DsnPlugin> plugins) {
  Profile profile;
  std::set<std::string> names;
  for (const std::string& argument : arguments) {
    auto connection = parse_dsn(argument, plugins, {"command line"});
    if (!connection) return fail(std::move(connection.error()));
    if (!connection->name.empty() && !names.insert(connection->name).second)
      return fail(Category::invalid, "command line: two connections are called '" + connection->name + "'");
    profile.connections.push_back(*std::move(connection));
  }
  for (ConnectionProfile& connection : profile.connections) {
    for (int n = 1; connection.name.empty(); ++n) {
      std::string name = n == 1 ? connection.plugin : connection.plugin + '_' + std::to_string(n);
      if (names.insert(name).second) connection.name = std::move(name);
    }
    if (holds_secret(connection))
      profile.warnings.push_back(
          "command line: " + connection.name +
          ": other users see this password in the list of processes; a profile can keep it in "
          "a file or a variable");
  }
  if (!profile.connections.empty()) profile.default_connection = profile.connections.front().name;
  return profile;
}

}  // namespace dbmux
