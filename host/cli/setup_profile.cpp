#include "cli/setup_profile.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "base/text.hpp"
#include "profile/report.hpp"
#include "profile/value_writer.hpp"
#include "profile/yaml.hpp"
#include "secret/private_file.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

Value text_value(std::string text) {
  // What would be taken for a variable is written as the text it is.
  for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos; at += 3) text.insert(at, 1, '$');
  Value value;
  value.scalar = text;
  value.data = std::move(text);
  return value;
}

Value escaped(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return text_value(*text);
  return value;
}

Value map_of(Value::Map map) {
  Value value;
  value.data = std::move(map);
  return value;
}

// An option's dotted path becomes nested maps again.
void put(Value::Map& map, std::string_view path, Value value) {
  const std::size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  if (dot == std::string_view::npos) {
    map.emplace_back(name, std::move(value));
    return;
  }
  auto at = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == name; });
  if (at == map.end()) at = map.insert(map.end(), {name, map_of({})});
  if (auto* inner = std::get_if<Value::Map>(&at->second.data))
    put(*inner, path.substr(dot + 1), std::move(value));
}

Value secret_value(const SecretSources& secret) {
  Value::List sources;
  for (const auto& source : secret.sources) sources.push_back(text_value(source));
  Value value;
  if (sources.size() == 1)
    value = sources.front();
  else
    value.data = std::move(sources);
  return map_of({{"secret", std::move(value)}});
}

std::string indented(const std::string& text, const std::string& by) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += by + line + '\n';
  return out;
}

const Node::Entry* connections_of(const Node& root) {
  for (const auto& entry : root.entries)
    if (entry.key == "connections") return &entry;
  return nullptr;
}

// Where line number `line` (1-based) begins; the end where there are fewer.
std::size_t offset_of(std::string_view text, int line) {
  std::size_t at = 0;
  for (int n = 1; n < line; ++n) {
    const auto newline = text.find('\n', at);
    if (newline == std::string_view::npos) return text.size();
    at = newline + 1;
  }
  return at;
}

// The end of what belongs to `connections`: before blank lines and remarks that stand above the next key.
std::size_t end_of_block(std::string_view text, const Node& root, const Node::Entry& block) {
  int next = 0;
  for (const auto& entry : root.entries)
    if (entry.line > block.line && (next == 0 || entry.line < next)) next = entry.line;
  std::size_t end = next == 0 ? text.size() : offset_of(text, next);
  while (end > 0) {
    const auto newline = end < 2 ? std::string_view::npos : text.rfind('\n', end - 2);
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const auto line = text.substr(begin, end - begin);
    if (line.find_first_not_of(" \t\r\n") != std::string_view::npos && !line.starts_with('#')) break;
    end = begin;
  }
  return end;
}

std::string all_of(const Profile& profile) {
  return show_profile(profile, ShowFormat::yaml, [](const auto&, std::string_view) { return false; });
}

// Whether the new text says what the old one did, and one connection more.
bool adds_only(const Profile& before, Profile after, const ConnectionProfile& made) {
  if (after.connections.size() != before.connections.size() + 1) return false;
  const auto at = std::find_if(after.connections.begin(), after.connections.end(),
                               [&](const ConnectionProfile& c) { return c.name == made.name; });
  if (at == after.connections.end() || !same_connection(*at, made)) return false;
  after.connections.erase(at);
  if (before.connections.empty()) return true;
  return all_of(before) == all_of(after);
}

std::vector<std::pair<std::string, std::string>> plain_options(const ConnectionProfile& connection) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const Option& option : connection.options)
    if (!option.secret) options.emplace_back(option.path, option.value.scalar);
  std::sort(options.begin(), options.end());
  return options;
}

bool may_write(const fs::path& folder) {
  if (!make_private_folder(folder)) return false;
  return access(folder.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

std::string connection_yaml(const ConnectionProfile& connection) {
  Value::Map map{{"plugin", text_value(connection.plugin)}};
  if (!connection.description.empty()) map.emplace_back("description", text_value(connection.description));
  for (const Option& option : connection.options)
    put(map, option.path, option.secret ? secret_value(*option.secret) : escaped(option.value));
  map.emplace_back("access", text_value(std::string(to_string(connection.access))));
  return indented(to_yaml(map_of({{connection.name, map_of(std::move(map))}})), "  ");
}

std::string profile_yaml(const ConnectionProfile& connection) {
  return "# Made by dbmux setup. What else can stand here: dbmux profile schema. Is it right? dbmux profile "
         "check\n"
         "dbmux: 1\n"
         "connections:\n" +
         connection_yaml(connection);
}

Result<std::string> with_connection(std::string_view text, const std::string& file,
                                    const ConnectionProfile& connection, const Environment& environment) {
  const auto before = parse_profile(text, file, environment);
  if (!before.profile)
    return fail(Category::profile,
                before.problems.empty() ? file + " is not a profile" : before.problems.front().text(),
                "Mend it first (dbmux profile check), then run this again.");
  const std::string added = connection_yaml(connection);
  const auto by_hand = [&] {
    return fail(Category::profile, file + " is written in a way that takes a person to add to it",
                "Add below 'connections':\n" + added);
  };
  std::vector<Problem> problems;
  const auto root = parse_yaml(text, file, problems);
  const auto* block = root ? connections_of(*root) : nullptr;
  if (!root ||
      (block != nullptr && block->value.kind != Node::Kind::map && block->value.kind != Node::Kind::null))
    return by_hand();
  std::string changed(text);
  if (!changed.empty() && changed.back() != '\n') changed += '\n';
  if (block == nullptr) {
    changed += "connections:\n" + added;
  } else {
    const bool any = !block->value.entries.empty();
    const int column = any ? block->value.entries.front().column : 3;
    if (column < 2) return by_hand();
    const std::string by(static_cast<std::size_t>(column) - 1, ' ');
    std::string lines = added;
    if (column != 3) {
      lines.clear();
      std::istringstream each(added);
      for (std::string line; std::getline(each, line);) lines += by + line.substr(2) + '\n';
    }
    changed.insert(any ? end_of_block(changed, *root, *block) : offset_of(changed, block->line + 1), lines);
  }
  const auto after = parse_profile(changed, file, environment);
  if (!after.profile || !adds_only(*before.profile, *after.profile, connection)) return by_hand();
  return changed;
}

bool same_connection(const ConnectionProfile& a, const ConnectionProfile& b) {
  return a.plugin == b.plugin && plain_options(a) == plain_options(b);
}

Result<fs::path> profile_to_write(const std::string& name, const SearchPaths& paths) {
  std::error_code ec;
  if (name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml"))
    return fs::absolute(name, ec).lexically_normal();
  std::vector<std::string> tried;
  for (const fs::path& folder : paths.folders) {
    if (folder.string().ends_with("/share/dbmux/profiles")) continue;
    if (may_write(folder)) return fs::absolute(folder / (name + ".yaml"), ec);
    tried.push_back(folder.string());
  }
  return fail(Category::profile, "no folder for profiles can be written to: " + joined(tried, ", "),
              "Name a file: --profile FOLDER/" + name + ".yaml");
}

}  // namespace dbmux
