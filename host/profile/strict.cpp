#include "profile/strict.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "profile/scalar.hpp"

namespace dbmux {

std::string Path::text() const {
  if (up == nullptr) return {};
  const std::string before = up->text();
  if (name.empty()) return before + '[' + std::to_string(index) + ']';
  return before.empty() ? std::string(name) : before + '.' + std::string(name);
}

namespace {

constexpr std::string_view kNotBuilt = "not built yet, so a profile that asks for it is refused";

std::string expected(const Key& key) {
  switch (key.type) {
    case KeyType::text:
      return "expected text";
    case KeyType::boolean:
      return "expected true or false";
    case KeyType::integer:
      return "expected a whole number from " + std::to_string(key.lowest) + " to " + thousands(key.highest);
    case KeyType::number:
      return "expected a number";
    case KeyType::bound:
      return "expected a number above 0, or none";
    case KeyType::duration:
      return "expected a duration such as 200ms, 30s or 5min";
    case KeyType::duration_range:
      return "expected two durations such as 200ms..5s";
    case KeyType::count:
      return "expected a whole number from 1, or none";
    case KeyType::size:
      return "expected a size such as 4KiB or 1MiB, or none";
    case KeyType::one_of:
      return "expected one word";
    case KeyType::texts:
      return "expected a list of texts";
    case KeyType::tools:
      return "expected two, default, all or a list of names";
    case KeyType::tls:
      return "expected proxy, or cert and key";
    case KeyType::section:
    case KeyType::named:
    case KeyType::named_texts:
      return "expected keys with values";
    case KeyType::sections:
      return "expected a list";
    case KeyType::value:
      break;
  }
  return "expected a value";
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      break;
  }
  const std::string shown =
      "'" + std::string(utf8_prefix(node.text, 40)) + (node.text.size() > 40 ? "…'" : "'");
  return node.plain ? shown : "the quoted text " + shown;
}

bool typed(const Node& node, const Key& key) {
  if (key.type == KeyType::text || key.type == KeyType::one_of) return true;
  if (!node.plain) return false;
  switch (key.type) {
    case KeyType::boolean:
      return as_boolean(node.text).has_value();
    case KeyType::integer: {
      const auto value = as_integer(node.text);
      return value && *value >= key.lowest && *value <= key.highest;
    }
    case KeyType::number:
      return as_number(node.text).has_value();
    case KeyType::bound:
      return node.text == "none" || as_number(node.text).value_or(0) > 0;
    case KeyType::duration:
      return as_duration(node.text).has_value();
    case KeyType::duration_range:
      return as_duration_range(node.text).has_value();
    case KeyType::count: {
      const auto value = as_integer(node.text);
      return node.text == "none" || (value && *value >= key.lowest && *value <= key.highest);
    }
    case KeyType::size:
      return node.text == "none" || as_size(node.text).has_value();
    default:
      return false;
  }
}

class Checker {
 public:
  Checker(const std::string& file, std::vector<Problem>& problems) : file_(file), problems_(problems) {}

  void section(const Node& map, std::span<const Key> keys, bool open, const Path& at) {
    doubled(map, keys, at);
    for (const Node::Entry& entry : map.entries) {
      const Path here{&at, entry.key};
      if (const Key* key = find_key(keys, entry.key))
        value(entry.value, entry, *key, here);
      else if (open)
        option(entry.value, here);
      else
        add(entry.line, entry.column, here, unknown_key(entry.key, candidates(keys)));
    }
  }

  void tools(const Node& list) {
    const Node::Entry whole{{}, list.line, list.column, {}};
    const Key tools{.name = {}, .type = KeyType::sections, .description = {}, .keys = tool_keys()};
    check(list, whole, tools, {});
  }

 private:
  void add(int line, int column, const Path& at, std::string message) {
    problems_.push_back({{file_, line, column}, at.text(), std::move(message), Problem::Severity::error});
  }

  // keys: two spellings of one name are one name.
  void doubled(const Node& map, std::span<const Key> keys, const Path& at) {
    std::vector<std::string> names;
    for (const Node::Entry& entry : map.entries) {
      const Key* key = find_key(keys, entry.key);
      names.push_back(key != nullptr ? std::string(key->name) : snake_case(entry.key));
    }
    report_doubled(map, names, at);
  }

  void report_doubled(const Node& map, const std::vector<std::string>& names, const Path& at) {
    for (std::size_t i = 1; i < names.size(); ++i) {
      const auto end = names.begin() + static_cast<std::ptrdiff_t>(i);
      const auto first = std::find(names.begin(), end, names[i]);
      if (first == end) continue;
      const Node::Entry& entry = map.entries[i];
      const Node::Entry& before = map.entries[static_cast<std::size_t>(first - names.begin())];
      const std::string line = std::to_string(before.line);
      add(entry.line, entry.column, {&at, entry.key},
          before.key == entry.key ? "given twice, first in line " + line
                                  : "the same key as '" + before.key + "' in line " + line);
    }
  }

  void names(const Node& map, const Path& at) {
    std::vector<std::string> list;
    for (const Node::Entry& entry : map.entries) list.push_back(entry.key);
    report_doubled(map, list, at);
  }

  // What only a plugin understands: no doubled keys, nothing empty.
  void option(const Node& node, const Path& at) {
    doubled(node, {}, at);
    for (const Node::Entry& entry : node.entries) option(entry.value, {&at, entry.key});
  }

  void value(const Node& node, const Node::Entry& entry, const Key& key, const Path& at) {
    const std::size_t before = problems_.size();
    check(node, entry, key, at);
    if (problems_.size() != before || node.missing) return;
    if (!key.built && !(node.kind == Node::Kind::scalar && node.text == key.harmless))
      add(entry.line, entry.column, at, std::string(kNotBuilt));
  }

  void wrong(const Node& node, const Node::Entry& entry, const Key& key, const Path& at) {
    const bool empty = node.kind == Node::Kind::null;
    add(empty ? entry.line : node.line, empty ? entry.column : node.column, at,
        expected(key) + ", not " + found(node));
  }

  void check(const Node& node, const Node::Entry& entry, const Key& key, const Path& at) {
    if (node.missing) return;
    const auto is = [&](Node::Kind kind) { return node.kind == kind; };
    const bool keys =
        key.type == KeyType::section || key.type == KeyType::named || key.type == KeyType::named_texts;
    if (keys && is(Node::Kind::null)) return;  // all its lines are commented out
    switch (key.type) {
      case KeyType::value:
        return;
      case KeyType::section:
        if (!is(Node::Kind::map)) return wrong(node, entry, key, at);
        return section(node, key.keys, key.open, at);
      case KeyType::tls:
        if (is(Node::Kind::map)) return section(node, key.keys, false, at);
        break;
      case KeyType::named:
      case KeyType::named_texts:
        if (!is(Node::Kind::map)) return wrong(node, entry, key, at);
        return named(node, key, at);
      case KeyType::sections:
        if (!is(Node::Kind::list)) return wrong(node, entry, key, at);
        return sections(node, entry, key, at);
      case KeyType::texts:
      case KeyType::tools:
        if (is(Node::Kind::list)) return texts(node, entry, key, at);
        break;
      default:
        break;
    }
    if (!is(Node::Kind::scalar)) return wrong(node, entry, key, at);
    if (key.type != KeyType::texts && key.type != KeyType::tls && key.type != KeyType::tools &&
        !typed(node, key))
      return wrong(node, entry, key, at);
    word(node, key, at);
  }

  void word(const Node& node, const Key& key, const Path& at) {
    if (key.allowed.empty()) return;
    if (std::find(key.allowed.begin(), key.allowed.end(), node.text) != key.allowed.end()) return;
    const std::vector<std::string> words(key.allowed.begin(), key.allowed.end());
    const auto near = nearest(node.text, words, 1);
    add(node.line, node.column, at,
        found(node) + " is unknown; " +
            (near.empty() ? "there are: " + joined(words, ", ")
                          : "did you mean '" + near.front() + "'? (" + joined(words, ", ") + ")"));
  }

  void texts(const Node& list, const Node::Entry& entry, const Key& key, const Path& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Path here{&at, {}, i};
      const Node& item = list.items[i];
      if (item.missing) continue;
      if (item.kind != Node::Kind::scalar)
        wrong(item, entry, {.name = {}, .type = KeyType::text, .description = {}}, here);
      else if (key.type == KeyType::texts)
        word(item, key, here);
    }
  }

  void sections(const Node& list, const Node::Entry& entry, const Key& key, const Path& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Path here{&at, {}, i};
      if (list.items[i].kind == Node::Kind::map)
        section(list.items[i], key.keys, false, here);
      else
        wrong(list.items[i], entry, {.name = {}, .type = KeyType::section, .description = {}}, here);
    }
  }

  void named(const Node& map, const Key& key, const Path& at) {
    names(map, at);
    const Key inner{.name = {},
                    .type = key.type == KeyType::named ? KeyType::section : KeyType::text,
                    .description = {},
                    .keys = key.keys,
                    .open = key.open};
    for (const Node::Entry& entry : map.entries) check(entry.value, entry, inner, {&at, entry.key});
  }

  const std::string& file_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_keys(const Node& root, const std::string& file, std::vector<Problem>& problems) {
  Checker(file, problems).section(root, profile_keys(), false, {});
}

void check_tools(const Node& list, const std::string& file, std::vector<Problem>& problems) {
  Checker(file, problems).tools(list);
}

}  // namespace dbmux
