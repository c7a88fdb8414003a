// Options that do not come from a profile's keys: URLs and environment variables.
#include <algorithm>

#include "base/text.hpp"
#include "driver/option_schema.hpp"
#include "driver/options.hpp"
#include "profile/build.hpp"
#include "profile/keys.hpp"

namespace dbmux {
namespace {

constexpr std::string_view kCommandLine = "command line";

// A text of no known type: a variable's, typed by what it looks like; the schema has the last word.
Value untyped_value(std::string text, const Mark& mark) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.plain = true;
  node.text = std::move(text);
  Value value = to_value(node, mark.file);
  value.mark = mark;
  return value;
}

struct EnvironmentOptions {
  std::vector<Option> options;  // paths as the schema spells them
  std::vector<std::string> variables;
  bool complete = false;  // enough for a connection of its own
};

EnvironmentOptions from_environment(const OptionSchema& schema, const Environment& environment) {
  EnvironmentOptions found;
  bool any_open = false, all_required = true;
  for (const OptionSpec& spec : schema.options()) {
    const auto name = std::find_if(spec.env.begin(), spec.env.end(), [&](const std::string& variable) {
      const auto value = environment(variable);
      return value && !value->empty();
    });
    if (name == spec.env.end()) {
      if (schema.required(spec.path)) all_required = false;
      continue;
    }
    Option option;
    option.path = spec.path;
    option.key = {*name};
    if (spec.secret)
      option.secret = SecretSources{{"env:" + *name}, option.key};
    else
      option.value = untyped_value(*environment(*name), option.key);
    any_open = any_open || !spec.secret;
    found.options.push_back(std::move(option));
    found.variables.push_back(*name);
  }
  found.complete = any_open && all_required;
  return found;
}

class EnvironmentOverlay {
 public:
  EnvironmentOverlay(Profile& profile, std::span<const Descriptor> descriptors,
                     const Environment& environment)
      : profile_(profile), descriptors_(descriptors), environment_(environment) {}

  void run() {
    from_command_line_ =
        !profile_.connections.empty() && profile_.connections.front().origin.file == kCommandLine;
    // The names of engines before DATABASE_URL, which says most and therefore is the default in the end.
    for (const Descriptor& descriptor : descriptors_) {
      const auto schema = OptionSchema::of(descriptor);
      if (!schema) continue;
      EnvironmentOptions found = from_environment(*schema, environment_);
      if (!found.options.empty()) apply(descriptor.id, *schema, std::move(found));
    }
    if (!from_command_line_) database_url();
  }

 private:
  ConnectionProfile* named(std::string_view name) {
    for (ConnectionProfile& connection : profile_.connections)
      if (connection.name == name) return &connection;
    return nullptr;
  }

  ConnectionProfile* default_connection() {
    if (!profile_.default_connection.empty()) return named(profile_.default_connection);
    return profile_.connections.empty() ? nullptr : &profile_.connections.front();
  }

  void apply(const std::string& plugin, const OptionSchema& schema, EnvironmentOptions found) {
    ConnectionProfile* target = default_connection();
    if (from_command_line_ && (target == nullptr || target->plugin != plugin)) return;
    if (target == nullptr || target->plugin != plugin) {
      if (!found.complete) {
        target = named(plugin);
        if (target == nullptr || target->plugin != plugin)
          profile_.warnings.push_back(joined(found.variables, ", ") + ": set, but no connection uses " +
                                      (found.variables.size() == 1 ? "it" : "them"));
        return;
      }
      target = &own(plugin);
    }
    overlay(*target, schema, std::move(found.options), found.variables);
  }

  // The connection named after the plugin, which becomes the default.
  ConnectionProfile& own(const std::string& plugin) {
    for (int n = 1;; ++n) {
      const std::string name = n == 1 ? plugin : plugin + '_' + std::to_string(n);
      ConnectionProfile* there = named(name);
      if (there != nullptr && there->plugin != plugin) continue;
      profile_.default_connection = name;
      if (there != nullptr) return *there;
      ConnectionProfile made = profile_.connection_defaults;
      made.name = name;
      made.plugin = plugin;
      return profile_.connections.emplace_back(std::move(made));
    }
  }

  void overlay(ConnectionProfile& target, const OptionSchema& schema, std::vector<Option> options,
               const std::vector<std::string>& variables) {
    const bool given_first = target.origin.file == kCommandLine;
    for (Option& option : options) {
      const OptionSpec* spec = schema.find(option.path);
      const auto same = std::find_if(target.options.begin(), target.options.end(), [&](const Option& other) {
        return spec != nullptr && schema.find(other.path) == spec && !spec->open;
      });
      if (same != target.options.end() && given_first) continue;
      if (target.disabled && same != target.options.end() && target.disabled->object == same->path)
        target.disabled.reset();
      if (same != target.options.end())
        *same = std::move(option);
      else
        target.options.push_back(std::move(option));
    }
    if (given_first) return;
    const std::string before = target.origin.text();
    target.origin = {(before.empty() ? "" : before + ", ") + joined(variables, ", ")};
  }

  void database_url() {
    const auto url = environment_("DATABASE_URL");
    if (!url || url->empty()) return;
    const Mark origin{"DATABASE_URL"};
    const auto plugins = dsn_plugins(descriptors_);
    auto parsed = parse_dsn(*url, plugins, origin);
    if (!parsed) return unusable(*url, std::move(parsed.error()));
    for (const Descriptor& descriptor : descriptors_) {
      if (descriptor.id != parsed->plugin) continue;
      const auto schema = OptionSchema::of(descriptor);
      if (!schema) return;
      ConnectionProfile* target = default_connection();
      if (target == nullptr || target->plugin != parsed->plugin) target = &own(parsed->plugin);
      overlay(*target, *schema, std::move(parsed->options), {"DATABASE_URL"});
    }
  }

  void unusable(std::string_view url, Error error) {
    std::string plugin(url.substr(0, url.find_first_of(":+")));
    if (plugin.size() == url.size() || !is_connection_name(plugin)) plugin = "database_url";
    for (char& c : plugin) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    ConnectionProfile& made = own(plugin);
    made.origin = {"DATABASE_URL"};
    made.disabled = std::move(error);
  }

  Profile& profile_;
  std::span<const Descriptor> descriptors_;
  const Environment& environment_;
  bool from_command_line_ = false;
};

}  // namespace

DsnPlugin dsn_plugin(const Descriptor& descriptor) {
  static constexpr std::string_view kParts[] = {"host", "port", "user", "password", "database", "uri"};
  DsnPlugin plugin;
  plugin.id = descriptor.id;
  plugin.schemes = descriptor.url_schemes;
  const auto schema = OptionSchema::of(descriptor);
  if (!schema) return plugin;
  for (const OptionSpec& spec : schema->options()) {
    if (!spec.dsn.empty()) plugin.parts.insert_or_assign(spec.dsn, spec.path);
    if (spec.path_kind == "file" && spec.dsn.empty() && !plugin.schemes.empty())
      plugin.parts.emplace("file", spec.path);
  }
  for (std::string_view part : kParts)
    if (const OptionSpec* spec = schema->find(part)) plugin.parts.emplace(part, spec->path);
  // Files of certificates and the like do not make a plugin one that serves files.
  if (plugin.parts.contains("host") || plugin.parts.contains("uri")) plugin.parts.erase("file");
  return plugin;
}

std::vector<DsnPlugin> dsn_plugins(std::span<const Descriptor> descriptors) {
  std::vector<DsnPlugin> plugins;
  for (const Descriptor& descriptor : descriptors)
    if (!descriptor.url_schemes.empty()) plugins.push_back(dsn_plugin(descriptor));
  return plugins;
}

void apply_environment(Profile& profile, std::span<const Descriptor> descriptors,
                       const Environment& environment) {
  EnvironmentOverlay(profile, descriptors, environment).run();
}

}  // namespace dbmux
