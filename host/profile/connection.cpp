#include "profile/connection.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "profile/build.hpp"
#include "profile/scalar.hpp"

namespace dbmux {

const Node* Section::get(std::string_view name) const {
  for (const Node::Entry& entry : map.entries) {
    const Key* key = find_key(keys, entry.key);
    if (key != nullptr && key->name == name)
      return entry.value.kind == Node::Kind::null ? nullptr : &entry.value;
  }
  return nullptr;
}

std::vector<std::string> texts(const Node* node) {
  std::vector<std::string> list;
  if (node == nullptr) return list;
  if (node->kind == Node::Kind::scalar) list.push_back(node->text);
  for (const Node& item : node->items) list.push_back(item.text);
  return list;
}

bool is_plugin_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Value to_value(const Node& node, const std::string& file) {
  Value value;
  value.mark = {file, node.line, node.column};
  if (node.kind == Node::Kind::null || node.missing) return value;
  if (node.kind == Node::Kind::list) {
    Value::List list;
    for (const Node& item : node.items) list.push_back(to_value(item, file));
    value.data = std::move(list);
  } else if (node.kind == Node::Kind::map) {
    Value::Map map;
    for (const Node::Entry& entry : node.entries) map.emplace_back(entry.key, to_value(entry.value, file));
    value.data = std::move(map);
  } else {
    value.scalar = node.text;
    value.from_variable = node.expanded;
    value.data = node.text;
    if (!node.plain) return value;
    if (const auto flag = as_boolean(node.text))
      value.data = *flag;
    else if (const auto integer = as_integer(node.text))
      value.data = *integer;
    else if (const auto number = as_number(node.text))
      value.data = *number;
  }
  return value;
}

namespace {

class ConnectionReader {
 public:
  ConnectionReader(const Section& section, const std::string& path, const std::string& file,
                   ConnectionProfile& into, std::vector<Problem>& problems)
      : section_(section), path_(path), file_(file), into_(into), problems_(problems) {}

  void settings() {
    if (const Node* access = section_.get("access")) into_.access = access_named(access->text);
    if (const Node* unknown = section_.get("unknown_sql"))
      into_.unknown_sql_to_engine = unknown->text == "engine";
    if (const Node* least = section_.get("require_least_privilege"))
      into_.require_least_privilege = as_boolean(least->text).value_or(false);
    if (const Node* required = section_.get("required"))
      into_.required = as_boolean(required->text).value_or(false);
    if (const Node* idle = section_.get("idle_timeout"))
      into_.pool_idle = as_duration(idle->text).value_or(into_.pool_idle);
    if (const Node* life = section_.get("max_lifetime"))
      into_.pool_life = as_duration(life->text).value_or(into_.pool_life);
    timeouts();
    pool();
    retry();
    limits();
    replicas();
    guard();
  }

  // The plugin's option of that name.
  void session() {
    const Node* variables = section_.get("session");
    if (variables == nullptr) return;
    for (const Node::Entry& entry : variables->entries) {
      Option option;
      option.path = "session." + entry.key;
      option.key = {file_, entry.line, entry.column};
      option.value = to_value(entry.value, file_);
      if (!std::holds_alternative<std::monostate>(option.value.data)) option.value.data = entry.value.text;
      into_.options.push_back(std::move(option));
    }
  }

  void options() {
    for (const Node::Entry& entry : section_.map.entries)
      if (find_key(section_.keys, entry.key) == nullptr) option(entry, entry.key);
  }

 private:
  void add(const Node& node, std::string_view key, std::string message) {
    add({file_, node.line, node.column}, key, std::move(message));
  }
  void add(Mark mark, std::string_view key, std::string message) {
    problems_.push_back(
        {std::move(mark), path_ + '.' + std::string(key), std::move(message), Problem::Severity::error});
  }

  void timeouts() {
    const Node* timeout = section_.get("timeout");
    const Node* ceiling = section_.get("statement_timeout");
    if (timeout != nullptr) into_.timeout = as_duration(timeout->text).value_or(into_.timeout);
    if (ceiling != nullptr)
      into_.statement_timeout = as_duration(ceiling->text).value_or(into_.statement_timeout);
    if (into_.timeout <= into_.statement_timeout) return;
    if (timeout != nullptr && ceiling != nullptr)
      add(*timeout, "timeout", "longer than statement_timeout, which is its ceiling");
    else if (timeout != nullptr)
      into_.statement_timeout = into_.timeout;
    else
      into_.timeout = into_.statement_timeout;
  }

  static void integer(const Node* node, int& into) {
    if (node == nullptr) return;
    if (const auto value = as_integer(node->text)) into = static_cast<int>(*value);
  }

  void pool() {
    const Node* node = section_.get("pool_size");
    if (node == nullptr) return;
    const Section pool{*node, find_key(connection_keys(), "pool_size")->keys};
    integer(pool.get("min"), into_.pool_min);
    integer(pool.get("max"), into_.pool_max);
    if (into_.pool_min > into_.pool_max)
      add(*node, "pool_size",
          "min " + std::to_string(into_.pool_min) + " is more than max " + std::to_string(into_.pool_max));
  }

  void retry() {
    const Node* node = section_.get("retry");
    if (node == nullptr) return;
    const Section retry{*node, find_key(connection_keys(), "retry")->keys};
    integer(retry.get("attempts"), into_.retry.attempts);
    if (const Node* backoff = retry.get("backoff"))
      if (const auto range = as_duration_range(backoff->text)) {
        into_.retry.base = range->first;
        into_.retry.cap = range->second;
      }
  }

  void replicas() {
    const Node* list = section_.get("replicas");
    if (list == nullptr) return;
    for (const Node& item : list->items) {
      const Section replica{item, find_key(connection_keys(), "replicas")->keys};
      ReplicaProfile made;
      if (const Node* host = replica.get("host")) made.host = host->text;
      if (made.host.empty()) add(item, "replicas", "'host' is missing");
      integer(replica.get("port"), made.port);
      if (const Node* lag = replica.get("max_lag"))
        made.max_lag = as_duration(lag->text).value_or(made.max_lag);
      into_.replicas.push_back(std::move(made));
    }
  }

  void limits() {
    const Node* node = section_.get("limits");
    if (node != nullptr) read_limits(*node, into_.limits);
  }

  void guard() {
    const Node* node = section_.get("guard");
    if (node == nullptr) return;
    const Section guard{*node, find_key(connection_keys(), "guard")->keys};
    if (const Node* cost = guard.get("max_cost"))
      into_.guard.max_cost = cost->text == "none" ? 0 : as_number(cost->text).value_or(into_.guard.max_cost);
    if (const Node* rows = guard.get("full_scan_rows"))
      into_.guard.full_scan_rows =
          rows->text == "none" ? 0 : as_integer(rows->text).value_or(into_.guard.full_scan_rows);
  }

  void option(const Node::Entry& entry, const std::string& at) {
    const Node& node = entry.value;
    const Mark key{file_, entry.line, entry.column};
    if (node.kind == Node::Kind::null) return add(key, at, "empty; give it a value, or delete the line");
    if (node.kind == Node::Kind::map) {
      if (node.entries.size() == 1 && node.entries.front().key == "secret")
        return secret(node.entries.front(), key, at);
      for (const Node::Entry& inner : node.entries) option(inner, at + '.' + inner.key);
      return;
    }
    Option option;
    option.path = at;
    option.key = key;
    option.value = to_value(node, file_);
    into_.options.push_back(std::move(option));
  }

  void secret(const Node::Entry& entry, const Mark& key, const std::string& at) {
    const Node& node = entry.value;
    const auto source_at = [&](const Node& item, const std::string& text) {
      static constexpr std::string_view kKinds[] = {"env:", "file:", "literal:", "store:", "keyvault:"};
      if (item.missing || text == "pgpass") return;
      const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](std::string_view k) {
        return text.starts_with(k) && text.size() > k.size();
      });
      if (kind == std::end(kKinds))
        add(item, at + ".secret",
            "a secret comes from env:NAME, file:PATH, store:NAME, keyvault:URL or pgpass; a value itself is "
            "written "
            "literal:VALUE");
      else if (*kind == "file:" && text[5] != '/')
        add(item, at + ".secret", "the path after file: is not absolute");
    };
    Option option;
    option.path = at;
    option.key = key;
    option.secret = SecretSources{texts(&node), {file_, node.line, node.column}};
    if (node.kind == Node::Kind::scalar) source_at(node, node.text);
    for (const Node& item : node.items) source_at(item, item.text);
    if (option.secret->sources.empty() || node.kind == Node::Kind::map)
      add(key, at + ".secret", "expected a source or a list of sources, such as env:NAME");
    into_.options.push_back(std::move(option));
  }

  const Section& section_;
  const std::string& path_;
  const std::string& file_;
  ConnectionProfile& into_;
  std::vector<Problem>& problems_;
};

}  // namespace

void read_settings(const Section& section, const std::string& path, const std::string& file,
                   ConnectionProfile& into, std::vector<Problem>& problems) {
  ConnectionReader(section, path, file, into, problems).settings();
}

void read_limits(const Node& node, Limits& into) {
  const Section limits{node, find_key(connection_keys(), "limits")->keys};
  const auto limit = [&](std::string_view name, auto parse, std::int64_t before) {
    const Node* one = limits.get(name);
    if (one == nullptr) return before;
    return one->text == "none" ? 0 : parse(one->text).value_or(before);
  };
  into.rows = limit("rows", as_integer, into.rows);
  into.tokens = limit("tokens", as_integer, into.tokens);
  into.bytes = limit("bytes", as_size, into.bytes);
  into.cell = static_cast<std::uint32_t>(
      std::min<std::int64_t>(limit("cell", as_size, into.cell), std::int64_t{1} << 30));
}

void read_connection(const Section& section, const std::string& path, const Mark& name,
                     ConnectionProfile& into, std::vector<Problem>& problems) {
  const auto add = [&](int line, int column, std::string_view key, std::string message) {
    problems.push_back(
        {{name.file, line, column}, path + std::string(key), std::move(message), Problem::Severity::error});
  };
  ConnectionReader reader(section, path, name.file, into, problems);
  reader.settings();
  reader.options();
  reader.session();
  if (const Node* description = section.get("description")) into.description = description->text;
  const Node* plugin = section.get("plugin");
  if (plugin == nullptr)
    return add(name.line, name.column, {},
               "'plugin' is missing: which driver it needs, such as 'plugin: sqlite'");
  into.plugin = plugin->text;
  if (!plugin->missing && !is_plugin_name(into.plugin))
    add(plugin->line, plugin->column, ".plugin",
        "the name of a plugin is made of small letters, digits and '_'");
}

}  // namespace dbmux
