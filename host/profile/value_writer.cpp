#include "profile/value_writer.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "profile/scalar.hpp"

namespace dbmux {
namespace {

void write_json(const Value& value, std::string& out, std::size_t depth) {
  const std::string indent(depth * 2 + 2, ' ');
  if (const auto* map = std::get_if<Value::Map>(&value.data)) {
    if (map->empty()) {
      out += "{}";
      return;
    }
    for (std::size_t i = 0; i < map->size(); ++i) {
      out += (i == 0 ? "{\n" : ",\n") + indent + json_quote((*map)[i].first) + ": ";
      write_json((*map)[i].second, out, depth + 1);
    }
    out += '\n' + std::string(depth * 2, ' ') + '}';
  } else if (const auto* list = std::get_if<Value::List>(&value.data)) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ", ";
      write_json((*list)[i], out, depth + 1);
    }
    out += ']';
  } else if (const auto* text = std::get_if<std::string>(&value.data)) {
    out += json_quote(*text);
  } else if (const auto* flag = std::get_if<bool>(&value.data)) {
    out += *flag ? "true" : "false";
  } else if (std::holds_alternative<std::monostate>(value.data)) {
    out += "null";
  } else {
    out += value.scalar;
  }
}

// A text that YAML reads back as the same text without quotes.
bool plain_in_yaml(std::string_view text) {
  if (text.empty() || text == "null" || text == "~" || as_boolean(text) || as_number(text)) return false;
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./+-").find(c) != std::string_view::npos;
  };
  return std::string_view("-+.").find(text.front()) == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), safe);
}

std::string scalar(std::string_view text) {
  return plain_in_yaml(text) ? std::string(text) : json_quote(text);
}

// On one line, as it must stand within a list.
void write_flow(const Value& value, std::string& out) {
  const auto* map = std::get_if<Value::Map>(&value.data);
  const auto* list = std::get_if<Value::List>(&value.data);
  if (map == nullptr && list == nullptr) {
    const auto* text = std::get_if<std::string>(&value.data);
    return text != nullptr ? void(out += scalar(*text)) : write_json(value, out, 0);
  }
  out += map != nullptr ? '{' : '[';
  std::string_view separator;
  if (map != nullptr)
    for (const auto& [name, inner] : *map) {
      out += std::string(separator) + scalar(name) + ": ";
      write_flow(inner, out);
      separator = ", ";
    }
  if (list != nullptr)
    for (const Value& item : *list) {
      out += separator;
      write_flow(item, out);
      separator = ", ";
    }
  out += map != nullptr ? '}' : ']';
}

void write_yaml(const Value& value, std::string& out, std::size_t depth) {
  if (const auto* map = std::get_if<Value::Map>(&value.data); map != nullptr && !map->empty()) {
    if (depth > 0) out += '\n';
    for (const auto& [name, inner] : *map) {
      out += std::string(depth * 2, ' ') + scalar(name) + ": ";
      const auto* nested = std::get_if<Value::Map>(&inner.data);
      if (nested != nullptr && !nested->empty()) out.pop_back();
      if (nested != nullptr && !inner.mark.file.empty()) out += "  # " + inner.mark.text();
      write_yaml(inner, out, depth + 1);
      if (out.back() != '\n') out += '\n';
    }
  } else if (std::holds_alternative<Value::List>(value.data)) {
    write_flow(value, out);
  } else if (const auto* text = std::get_if<std::string>(&value.data)) {
    out += scalar(*text);
  } else {
    write_json(value, out, depth);
  }
}

}  // namespace

std::string to_yaml(const Value& value) {
  std::string out;
  write_yaml(value, out, 0);
  return out;
}

std::string to_indented_json(const Value& value) {
  std::string out;
  write_json(value, out, 0);
  return out;
}

}  // namespace dbmux
