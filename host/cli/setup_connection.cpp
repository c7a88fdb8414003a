#include "cli/setup_connection.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/secret_prompt.hpp"
#include "connections/registry.hpp"
#include "driver/option_schema.hpp"
#include "driver/options.hpp"
#include "profile/build.hpp"

namespace dbmux {

namespace {

const Mark kTyped{"setup"};

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      (out += '%', out += kDigits[byte >> 4], out += kDigits[byte & 15]);
  }
  return out;
}

Result<const DsnPlugin*> ask_for_plugin(std::span<const DsnPlugin> plugins) {
  std::vector<std::string> ids;
  for (const auto& plugin : plugins) ids.push_back(plugin.id);
  if (ids.empty()) return fail(Category::plugin, "no plugin is installed");
  for (;;) {
    auto answer = ask("Which database? (" + joined(ids, ", ") + "): ");
    if (!answer) return fail(answer.error());
    for (const auto& plugin : plugins)
      if (plugin.id == *answer) return &plugin;
    const auto near = nearest(*answer, ids, 1);
    if (!near.empty()) std::fprintf(stderr, "did you mean %s?\n", near.front().c_str());
  }
}

// The default that the schema names for an option, as text; "" none.
std::string default_of(const OptionSchema& schema, const std::string& path) {
  const auto* properties = member(schema.document(), "properties");
  const auto* option = properties == nullptr ? nullptr : member(*properties, path);
  const auto* value = option == nullptr ? nullptr : member(*option, "default");
  if (value == nullptr) return {};
  return value->IsString() ? std::string(view(*value)) : to_json(*value);
}

// A required one is asked for until there is an answer.
Result<std::string> ask_for(const std::string& what, const std::string& usual, bool required) {
  for (;;) {
    std::string question = what;
    if (!usual.empty()) question.append(" (").append(usual).append(")");
    auto answer = ask(question + ": ");
    if (!answer || !answer->empty() || !required) return answer;
    if (!usual.empty()) return usual;
  }
}

Result<std::string> ask_for_address(const DsnPlugin& plugin, const OptionSchema& schema) {
  struct Part {
    const char *name, *question;
  };
  static constexpr Part kParts[] = {
      {"host", "Host"}, {"port", "Port"}, {"database", "Database"}, {"user", "User"}};
  std::map<std::string, std::string> answers;
  for (const auto& [name, question] : kParts) {
    const auto at = plugin.parts.find(name);
    if (at == plugin.parts.end()) continue;
    const std::string usual = std::string_view(name) == "host" ? "localhost" : default_of(schema, at->second);
    auto answer = ask_for(question, usual, schema.required(at->second));
    if (!answer) return answer;
    answers[name] = percent_encoded(*answer);
  }
  std::string url = plugin.schemes.front() + "://";
  if (!answers["user"].empty()) url += answers["user"] + '@';
  url += answers["host"];
  if (!answers["port"].empty()) url += ':' + answers["port"];
  return url + '/' + answers["database"];
}

Option* option_of(ConnectionProfile& connection, const OptionSchema& schema, const OptionSpec& spec) {
  for (Option& option : connection.options)
    if (schema.find(option.path) == &spec) return &option;
  return nullptr;
}

void add_secret(ConnectionProfile& connection, const std::string& path, std::string value) {
  Option option;
  option.path = path;
  option.key = kTyped;
  option.secret = SecretSources{{"literal:" + std::move(value)}, kTyped};
  connection.options.push_back(std::move(option));
}

std::string sentence(const ConnInfo& info) {
  std::string text = "reached " + info.product + " " + info.version;
  if (!info.user.empty()) text += " as " + info.user;
  return text + ((info.capabilities & ConnInfo::kReadOnly) != 0
                     ? "; the session is read-only, and the database itself holds it to that"
                     : "; it has no read-only sessions: the plugin lets only statements through that read");
}

}  // namespace

Result<std::string> ask_for_dsn(std::span<const Descriptor> descriptors) {
  const auto plugins = dsn_plugins(descriptors);
  const auto chosen = ask_for_plugin(plugins);
  if (!chosen) return fail(chosen.error());
  const DsnPlugin& plugin = **chosen;
  const auto descriptor = std::find_if(descriptors.begin(), descriptors.end(),
                                       [&](const Descriptor& d) { return d.id == plugin.id; });
  const auto schema = OptionSchema::of(*descriptor);
  if (!schema) return fail(schema.error());
  if (const auto uri = plugin.parts.find("uri"); uri != plugin.parts.end()) {
    const auto* spec = schema->find(uri->second);
    const std::string question = "URL, " + plugin.schemes.front() + "://…";
    if (spec != nullptr && spec->secret) return ask_hidden(question + " (not shown): ");
    return ask_for(question, "", true);
  }
  if (!plugin.parts.contains("file")) return ask_for_address(plugin, *schema);
  auto file = ask_for("File", "", true);
  if (!file) return file;
  return plugin.schemes.front() + ":" + *file;
}

void add_secrets_of_environment(ConnectionProfile& connection, const Descriptor& descriptor,
                                const Environment& environment) {
  const auto schema = OptionSchema::of(descriptor);
  if (!schema) return;
  for (const OptionSpec& spec : schema->options()) {
    if (!spec.secret || option_of(connection, *schema, spec) != nullptr) continue;
    for (const auto& name : spec.env)
      if (auto value = environment(name); value && !value->empty()) {
        add_secret(connection, spec.path, *std::move(value));
        break;
      }
  }
}

Result<void> ask_for_password(ConnectionProfile& connection, const Descriptor& descriptor) {
  const auto schema = OptionSchema::of(descriptor);
  const auto parts = dsn_plugin(descriptor).parts;
  const auto path = parts.find("password");
  if (!schema || path == parts.end() || parts.contains("uri")) return {};
  const auto* spec = schema->find(path->second);
  if (spec == nullptr || option_of(connection, *schema, *spec) != nullptr) return {};
  auto answer = ask_hidden("Password (not shown; Enter for none): ");
  if (!answer) return fail(answer.error());
  if (!answer->empty()) add_secret(connection, spec->path, *std::move(answer));
  return {};
}

std::string usual_name(const ConnectionProfile& connection, const Descriptor& descriptor) {
  const auto parts = dsn_plugin(descriptor).parts;
  for (const char* part : {"database", "file"}) {
    const auto path = parts.find(part);
    if (path == parts.end()) continue;
    for (const Option& option : connection.options) {
      if (option.path != path->second || option.secret) continue;
      std::string name = std::filesystem::path(option.value.scalar).stem().string();
      for (char& c : name)
        if (!is_connection_name(std::string("a") + c)) c = '_';
      if (is_connection_name(name)) return name;
    }
  }
  return connection.plugin;
}

Result<std::string> try_connection(PluginFolder& plugins, const Environment& environment,
                                   const ConnectionProfile& connection) {
  Registry registry(plugins, environment);
  auto added = registry.add(connection);
  if (!added) return fail(added.error());
  Call call({}, Clock::now() + connection.timeout);
  auto lease = (*added)->lease(call, true);
  if (!lease) return fail(lease.error());
  auto pinged = lease->conn().ping(call);
  if (!pinged && pinged.error().category != Category::unsupported) return fail(pinged.error());
  auto info = lease->conn().info(call);
  if (!info) return fail(info.error());
  return sentence(*info);
}

}  // namespace dbmux
