// Changes a client's file as a person would: in its text, where everything else stays as it was written.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/client_entry.hpp"

namespace dbmux {

namespace {

constexpr std::string_view kBlank = " \t\r\n";

tl::unexpected<Error> refuse(std::string message) { return fail(Category::profile, std::move(message)); }

// The same text, as long and as many lines, with comments, last commas and a byte order mark blanked: JSON.
std::string strict(std::string_view text) {
  std::string out(text);
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < out.size(); ++i)
      if (out[i] != '\n' && out[i] != '\r') out[i] = ' ';
  };
  std::size_t comma = std::string::npos;  // the last one with nothing behind it yet
  std::size_t i = 0;
  if (text.starts_with("\xEF\xBB\xBF")) {
    blank(0, 3);
    i = 3;
  }
  while (i < text.size()) {
    const char c = text[i];
    if (kBlank.find(c) != std::string_view::npos) {
      ++i;
    } else if (text.substr(i, 2) == "//" || text.substr(i, 2) == "/*") {
      const bool line = text[i + 1] == '/';
      const auto end = line ? text.find('\n', i) : text.find("*/", i + 2);
      const auto to = end == std::string_view::npos ? text.size() : end + (line ? 0 : 2);
      if (line || end != std::string_view::npos) blank(i, to);
      i = to;
    } else {
      if ((c == '}' || c == ']') && comma != std::string::npos) out[comma] = ' ';
      comma = c == ',' ? i : std::string::npos;
      if (c == '"')
        for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
      ++i;
    }
  }
  return out;
}

// ---- places in a text that is known to be JSON

std::size_t after_blank(std::string_view json, std::size_t at) {
  return std::min(json.find_first_not_of(kBlank, at), json.size());
}

std::size_t after_string(std::string_view json, std::size_t at) {
  for (++at; json[at] != '"'; ++at) at += json[at] == '\\' ? 1 : 0;
  return at + 1;
}

std::size_t after_value(std::string_view json, std::size_t at) {
  if (json[at] == '"') return after_string(json, at);
  if (json[at] != '{' && json[at] != '[') return std::min(json.find_first_of(",]} \t\r\n", at), json.size());
  for (int depth = 0;;) {
    if (json[at] == '"') {
      at = after_string(json, at);
      continue;
    }
    if (json[at] == '{' || json[at] == '[') ++depth;
    if (json[at] == '}' || json[at] == ']') --depth;
    ++at;
    if (depth == 0) return at;
  }
}

struct Place {
  std::string key;
  std::size_t key_at, begin, end;  // of the key; of the value
};

struct Object {
  std::vector<Place> members;
  std::size_t open, close;  // of its braces
};

Object object_at(std::string_view json, std::size_t open) {
  Object object{{}, open, 0};
  std::size_t at = after_blank(json, open + 1);
  while (json[at] != '}') {
    Place place{};
    place.key_at = at;
    at = after_string(json, at);
    if (const auto key = parse_json(json.substr(place.key_at, at - place.key_at))) place.key = view(*key);
    place.begin = after_blank(json, after_blank(json, at) + 1);  // behind the colon
    place.end = after_value(json, place.begin);
    at = after_blank(json, place.end);
    object.members.push_back(std::move(place));
    if (json[at] == ',') at = after_blank(json, at + 1);
  }
  object.close = at;
  return object;
}

// The white space that the line of a place begins with.
std::string indent_at(std::string_view text, std::size_t at) {
  const auto newline = text.rfind('\n', at);
  const auto begin = newline == std::string_view::npos || newline >= at ? std::size_t{0} : newline + 1;
  const auto end = std::min(text.find_first_not_of(" \t", begin), text.size());
  return std::string(text.substr(begin, end - begin));
}

// Several lines at that depth; a list of texts stays in one.
std::string pretty(const JsonValue& value, const std::string& indent, const std::string& step) {
  if (!value.IsObject() || value.MemberCount() == 0) {
    if (!value.IsArray()) return to_json(value);
    std::string list;
    for (const auto& item : value.GetArray()) list += (list.empty() ? "[" : ", ") + to_json(item);
    return list.empty() ? "[]" : list + "]";
  }
  std::string text;
  for (const auto& m : value.GetObject())
    text.append(text.empty() ? "{\n" : ",\n")
        .append(indent)
        .append(step)
        .append(json_quote(view(m.name)))
        .append(": ")
        .append(pretty(m.value, indent + step, step));
  return text + "\n" + indent + "}";
}

class Editor {
 public:
  explicit Editor(std::string_view text) : text_(text) {}

  // Sets the value at a path of keys, and makes the objects that are missing on the way.
  Result<void> set(std::span<const std::string_view> path, const std::string& value_json) {
    json_ = strict(text_);
    std::size_t open = after_blank(json_, 0);
    for (std::size_t depth = 0;; ++depth) {
      const Object object = object_at(json_, open);
      const auto is = [&](const Place& place) { return place.key == path[depth]; };
      const auto found = std::find_if(object.members.begin(), object.members.end(), is);
      if (std::count_if(object.members.begin(), object.members.end(), is) > 1)
        return refuse("holds '" + std::string(path[depth]) + "' twice; take one out");
      if (found == object.members.end()) {
        insert(object, path[depth], nested(path.subspan(depth + 1), value_json));
        return {};
      }
      if (depth + 1 == path.size()) {
        replace(*found, value_json);
        return {};
      }
      if (json_[found->begin] != '{')
        return refuse("has something else than an object under '" + found->key + "'");
      open = found->begin;
    }
  }

  std::string& text() { return text_; }

 private:
  static std::string nested(std::span<const std::string_view> path, std::string json) {
    for (std::size_t i = path.size(); i-- > 0;) json.insert(0, "{" + json_quote(path[i]) + ":").append("}");
    return json;
  }

  std::string step() const {
    const Object top = object_at(json_, after_blank(json_, 0));
    const std::string first = top.members.empty() ? "" : indent_at(text_, top.members.front().key_at);
    return first.empty() ? "  " : first;
  }

  bool one_line(std::size_t from, std::size_t to) const {
    return std::string_view(text_).substr(from, to - from).find('\n') == std::string_view::npos;
  }

  std::string shape(const std::string& json, const std::string& indent, bool inline_) const {
    const auto value = parse_json(json);
    return inline_ || !value ? json : pretty(*value, indent, step());
  }

  void replace(const Place& place, const std::string& json) {
    const bool inline_ = one_line(place.begin, place.end);
    text_.replace(place.begin, place.end - place.begin,
                  shape(json, indent_at(text_, place.key_at), inline_ && !json.starts_with('[')));
  }

  // Behind the last member and what is remarked on it; in lines of its own unless the object stands in one.
  void insert(const Object& object, std::string_view key, const std::string& json) {
    const bool any = !object.members.empty();
    const bool inline_ = one_line(object.open, object.close) && (any || one_line(0, text_.size()));
    const std::string outer = indent_at(text_, object.open);
    const std::string indent = any ? indent_at(text_, object.members.back().key_at) : outer + step();
    const auto last = text_.find_last_not_of(kBlank, object.close - 1);
    const std::string member = json_quote(key) + (inline_ ? ":" : ": ") + shape(json, indent, inline_);
    if (inline_) {
      text_.insert(last + 1, (any && text_[last] != ',' ? ", " : "") + member);
      return;
    }
    const bool closes_alone = text_.find('\n', last) < object.close;
    text_.insert(last + 1, "\n" + indent + member + (closes_alone ? "" : "\n" + outer));
    if (!any) return;
    const std::size_t end = object.members.back().end;
    const auto comma = std::string_view(text_).find_first_not_of(kBlank, end);
    if (text_[comma] != ',') text_.insert(end, ",");
  }

  std::string text_, json_;
};

// ---- what an entry is to be

bool starts_dbmux(const JsonValue& entry) {
  const auto* command = member(entry, "command");
  return command != nullptr && command->IsString() &&
         std::filesystem::path(std::string(view(*command))).filename() == "dbmux";
}

// Each change as a path below the file and its value in JSON.
using Changes = std::vector<std::pair<std::vector<std::string_view>, std::string>>;

Changes changes(const JsonValue* there, const Client& client, const Launch& launch) {
  if (there == nullptr) return {{{client.key, launch.name}, entry_json(client, launch)}};
  std::string list;
  for (const auto& argument : launch.arguments) list += (list.empty() ? "[" : ",") + json_quote(argument);
  Changes all{{{client.key, launch.name, "command"}, json_quote(launch.command)},
              {{client.key, launch.name, "args"}, list + "]"}};
  for (const auto& [name, value] : launch.environment)
    all.push_back({{client.key, launch.name, "env", name}, json_quote(value)});
  return all;
}

const JsonValue* at(const JsonValue& document, std::span<const std::string_view> path) {
  const JsonValue* value = &document;
  for (const auto key : path) value = value == nullptr ? nullptr : member(*value, key);
  return value;
}

// The same on the values, to compare the outcome with.
void apply(JsonDocument& document, std::span<const std::string_view> path, const std::string& json) {
  auto& memory = document.GetAllocator();
  JsonValue* value = &document;
  for (const auto key : path) {
    const JsonValue name(key.data(), static_cast<rapidjson::SizeType>(key.size()), memory);
    if (!value->HasMember(name))
      value->AddMember(JsonValue(name, memory), JsonValue(rapidjson::kObjectType), memory);
    value = &(*value)[name];
  }
  if (const auto made = parse_json(json)) value->CopyFrom(*made, memory);
}

}  // namespace

Result<std::string> with_entry(std::string_view text, const Client& client, const Launch& launch) {
  const bool empty = text.find_first_not_of(kBlank) == std::string_view::npos;
  std::string before(empty ? std::string_view("{\n}\n") : text);
  auto document = parse_json(strict(before));
  if (!document) return refuse("cannot be read as JSON (" + document.error().message + ")");
  if (!document->IsObject()) return refuse("holds no JSON object");
  const std::string_view entry_path[] = {client.key, launch.name};
  const auto* there = at(*document, entry_path);
  if (there != nullptr && !starts_dbmux(*there))
    return refuse("has an entry '" + launch.name + "' already, which starts something else");
  Editor editor(before);
  const Changes wanted = changes(there, client, launch);
  for (const auto& [path, json] : wanted) {
    const auto* now = at(*document, path);
    const auto value = parse_json(json);
    if (now != nullptr && value && *now == *value) continue;
    if (auto set = editor.set(path, json); !set) return fail(set.error());
  }
  for (const auto& [path, json] : wanted) apply(*document, path, json);
  const auto after = parse_json(strict(editor.text()));
  if (!after || *after != *document) return refuse("is written in a way that cannot be changed safely");
  return std::move(editor.text());
}

}  // namespace dbmux
