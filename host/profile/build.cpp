#include "profile/build.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "profile/connection.hpp"
#include "profile/scalar.hpp"
#include "profile/tools.hpp"

namespace dbmux {
namespace {

class ProfileBuilder {
 public:
  ProfileBuilder(const Node& root, const std::string& file, const std::filesystem::path& folder,
                 const std::vector<MissingVariables>& missing, const Environment& environment,
                 std::vector<Problem>& problems)
      : root_{root, profile_keys()},
        file_(file),
        folder_(folder),
        missing_(missing),
        environment_(environment),
        problems_(problems) {}

  Profile run() {
    version();
    if (const Node* defaults = root_.get("defaults"))
      read_settings({*defaults, connection_keys()}, "defaults", file_, profile_.connection_defaults,
                    problems_);
    connections();
    default_connection();
    disable();
    tools();
    export_dir();
    history();
    if (const Node* runtime = root_.get("runtime_connections"))
      for (const Node::Entry& entry : runtime->entries) runtime_bounds(entry);
    if (const Node* plugins = root_.get("plugins"))
      if (const Node* pins = Section{*plugins, find_key(profile_keys(), "plugins")->keys}.get("pin"))
        for (const Node::Entry& entry : pins->entries) pin(entry);
    return std::move(profile_);
  }

 private:
  void add(int line, int column, std::string path, std::string message) {
    problems_.push_back(
        {{file_, line, column}, std::move(path), std::move(message), Problem::Severity::error});
  }
  void add(const Node& node, std::string path, std::string message) {
    add(node.line, node.column, std::move(path), std::move(message));
  }

  void version() {
    const Node* node = root_.get("dbmux");
    if (node == nullptr)
      add(1, 1, {}, "'dbmux: 1' is missing, the version of the format");
    else if (as_integer(node->text).value_or(1) != 1)
      add(*node, "dbmux", "this dbmux reads version 1 of the format, not " + node->text);
  }

  void connections() {
    const Node* all = root_.get("connections");
    if (all == nullptr) return;
    const Node* chosen = root_.get("default_connection");
    for (const Node::Entry& entry : all->entries) {
      const std::string path = "connections." + entry.key;
      if (!is_connection_name(entry.key))
        add(entry.line, entry.column, path,
            "a name is made of letters, digits, '_', '.' and '-', at most 64");
      known_.push_back(entry.key);
      const Section section{entry.value, connection_keys()};
      ConnectionProfile made = profile_.connection_defaults;
      made.name = entry.key;
      made.origin = {file_, entry.line, 0};
      read_connection(section, path, {file_, entry.line, entry.column}, made, problems_);
      if (!offered(section, made)) {
        // The default keeps its place: a call without a connection must not reach another database instead.
        if (chosen == nullptr || chosen->text != entry.key) continue;
      }
      profile_.connections.push_back(std::move(made));
    }
  }

  bool offered(const Section& section, ConnectionProfile& made) const {
    const Node* node = section.get("enabled_by");
    const auto names = texts(node);
    if (node == nullptr || node->missing || names.empty()) return true;
    for (const std::string& name : names)
      if (const auto value = environment_(name); value && !value->empty()) return true;
    made.disabled =
        fail(Category::profile, Mark{file_, node->line, node->column}.text() + ": connections." + made.name +
                                    ".enabled_by: not offered, because none of " + joined(names, ", ") +
                                    " is set. " + std::string(kPassedVariables))
            .value();
    return false;
  }

  void default_connection() {
    const Node* node = root_.get("default_connection");
    if (node == nullptr || node->missing || node->kind != Node::Kind::scalar) return;
    profile_.default_connection = node->text;
    if (std::find(known_.begin(), known_.end(), node->text) != known_.end()) return;
    const auto near = nearest(node->text, known_, 1);
    std::string message = "there is no connection '" + node->text + "'";
    if (!near.empty())
      message += "; did you mean '" + near.front() + "'?";
    else if (!known_.empty())
      message += "; there are: " + joined(known_, ", ");
    add(*node, "default_connection", std::move(message));
  }

  void disable() {
    for (ConnectionProfile& connection : profile_.connections) {
      if (connection.disabled) continue;
      const MissingVariables* first = nullptr;
      std::vector<std::string> names;
      bool several = false;
      for (const MissingVariables& missing : missing_) {
        if (missing.connection != connection.name) continue;
        several = first != nullptr;
        if (first == nullptr) first = &missing;
        for (const std::string& name : missing.names)
          if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      }
      if (first == nullptr) continue;
      Error error = fail(Category::profile, first->mark.text() + ": " + first->path + ": " +
                                                joined(names, ", ") + (names.size() == 1 ? " is" : " are") +
                                                " not set, so '" + connection.name + "' is disabled")
                        .value();
      if (!several) error.object = first->option;
      connection.disabled = std::move(error);
      unset_.push_back(connection.name);
    }
    const auto works = static_cast<std::size_t>(std::count_if(
        profile_.connections.begin(), profile_.connections.end(), [](const auto& c) { return !c.disabled; }));
    for (ConnectionProfile& connection : profile_.connections)
      if (connection.disabled && std::find(unset_.begin(), unset_.end(), connection.name) != unset_.end())
        connection.disabled->message += others(works) + ". " + std::string(kPassedVariables);
  }

  static std::string others(std::size_t works) {
    if (works == 0) return {};
    if (works == 1) return "; the other connection works";
    return "; the other " + std::to_string(works) + " connections work";
  }

  void tools() {
    const Node* node = root_.get("tools");
    if (node == nullptr) return;
    const Section section{*node, find_key(profile_keys(), "tools")->keys};
    ToolList& list = profile_.tools;
    if (const Node* chosen = section.get("list")) {
      if (chosen->kind == Node::Kind::list) {
        list.kind = ToolList::Kind::named;
        list.names = texts(chosen);
      } else {
        list.kind = chosen->text == "two"   ? ToolList::Kind::two
                    : chosen->text == "all" ? ToolList::Kind::all
                                            : ToolList::Kind::standard;
      }
    }
    if (const Node* names = section.get("names"))
      list.style = names->text == "hyphen" ? NameStyle::hyphen
                   : names->text == "both" ? NameStyle::both
                                           : NameStyle::underscore;
    if (const Node* prefix = section.get("prefix")) list.prefix = as_boolean(prefix->text).value_or(true);
    own_tools(section);
  }

  void own_tools(const Section& section) {
    ToolReader reader(profile_, known_, problems_);
    if (const Node* add = section.get("add")) reader.add(*add, "tools.add", file_);
    const Node* from = section.get("add_from");
    if (from == nullptr || from->missing || from->kind == Node::Kind::map) return;
    const auto read = [&](const Node& pattern) {
      if (!pattern.missing && pattern.kind == Node::Kind::scalar)
        reader.add_from(pattern.text, {file_, pattern.line, pattern.column}, folder_, environment_);
    };
    if (from->kind == Node::Kind::scalar) read(*from);
    for (const Node& pattern : from->items) read(pattern);
  }

  void export_dir() {
    const Node* folder = root_.get("export_dir");
    if (folder == nullptr || folder->missing) return;
    profile_.export_dir = folder->text;
    if (!folder->text.starts_with('/')) add(*folder, "export_dir", "'" + folder->text + "' is not absolute");
  }

  void history() {
    const Node* node = root_.get("history");
    if (node == nullptr) return;
    const Section section{*node, find_key(profile_keys(), "history")->keys};
    auto& kept = profile_.history;
    if (const Node* enabled = section.get("enabled")) kept.keep = as_boolean(enabled->text).value_or(true);
    if (const Node* days = section.get("days"))
      kept.days = static_cast<int>(as_integer(days->text).value_or(0));
    if (const Node* size = section.get("size")) kept.bytes = as_size(size->text).value_or(0);
  }

  void runtime_bounds(const Node::Entry& entry) {
    const std::string path = "runtime_connections." + entry.key;
    const Section section{entry.value, find_key(profile_keys(), "runtime_connections")->keys};
    if (!is_plugin_name(entry.key)) add(entry.line, entry.column, path, "not the name of a plugin");
    RuntimeBounds bounds;
    bounds.mark = {file_, entry.line, entry.column};
    if (const Node* access = section.get("access")) bounds.access = access_named(access->text);
    if (const Node* hidden = section.get("hidden")) bounds.hidden = as_boolean(hidden->text).value_or(false);
    bounds.hosts = texts(section.get("hosts"));
    for (const std::string& folder : texts(section.get("paths"))) {
      if (!folder.starts_with('/'))
        add(*section.get("paths"), path + ".paths", "'" + folder + "' is not absolute");
      std::error_code error;
      const auto canonical = std::filesystem::weakly_canonical(folder, error);
      bounds.paths.push_back(error ? std::filesystem::path(folder).lexically_normal().string()
                                   : canonical.string());
    }
    profile_.runtime_connections[entry.key] = std::move(bounds);
  }

  void pin(const Node::Entry& entry) {
    std::string_view text = entry.value.text;
    if (text.starts_with("sha256:")) text.remove_prefix(7);
    std::string hex(text);
    std::transform(hex.begin(), hex.end(), hex.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? char(c + 32) : c; });
    if (hex.size() != 64 || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
      add(entry.value, "plugins.pin." + entry.key, "expected sha256: and 64 hexadecimal digits");
    profile_.plugin_pins[entry.key] = std::move(hex);
  }

  Section root_;
  const std::string& file_;
  const std::filesystem::path& folder_;
  const std::vector<MissingVariables>& missing_;
  const Environment& environment_;
  std::vector<Problem>& problems_;
  std::vector<std::string> known_;  // every connection's name, offered or not
  std::vector<std::string> unset_;  // connections that lack a variable
  Profile profile_;
};

}  // namespace

bool is_connection_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= 64 && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || c == '.' || c == '-'; });
}

Profile build_profile(const Node& root, const std::string& file, const std::filesystem::path& folder,
                      const std::vector<MissingVariables>& missing, const Environment& environment,
                      std::vector<Problem>& problems) {
  return ProfileBuilder(root, file, folder, missing, environment, problems).run();
}

}  // namespace dbmux
